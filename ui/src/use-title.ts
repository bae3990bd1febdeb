import { useLayoutEffect } from 'preact/hooks';

/** Names the page in the tab and for screen readers; undefined is the bare name of the site. */
export function useTitle(title: string | undefined): void {
  useLayoutEffect(() => {
    document.title = title === undefined ? 'Paperkin' : `${title} · Paperkin`;
  }, [title]);
}
