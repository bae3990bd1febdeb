import { usePicks } from '../use-picks.ts';
import { Logo } from './logo.tsx';
import { ThemeToggle } from './theme-toggle.tsx';

export function Masthead() {
  const { carried } = usePicks();
  return (
    <header class="masthead">
      {/* biome-ignore lint/a11y/useValidAnchor: it does lead to a place on the page, see below */}
      <a class="skip-link" href="#main" onClick={skipToMain}>
        Skip to content
      </a>
      <a class="brand" href={carried('/')}>
        <Logo />
        Paperkin
      </a>
      <nav class="masthead-nav" aria-label="Site">
        <a href="/docs">API</a>
        <ThemeToggle />
      </nav>
    </header>
  );
}

/** By hand: a fragment in the address would add a step to the history. */
function skipToMain(event: MouseEvent): void {
  event.preventDefault();
  const content = document.getElementById('content') ?? document.getElementById('main');
  content?.scrollIntoView();
  content?.focus({ preventScroll: true });
}
