import { useLocation } from 'preact-iso';

/** Changes the address of the place on show: no new step in the history, and its memory (in the state) is kept. */
export function useReplace(): (href: string) => void {
  const { route } = useLocation();
  return (href) => {
    const { state } = history;
    route(href, true);
    history.replaceState(state, '');
  };
}
