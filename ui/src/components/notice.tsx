import type { PaperkinError } from '@paperkin/client';
import type { ComponentChildren } from 'preact';
import { KeyForm } from './key-form.tsx';

interface Props {
  title: string;
  /** Set where the notice is all there is on the page. */
  isPage?: boolean;
  children: ComponentChildren;
}

/** Something to say where papers would be. */
export function Notice({ title, isPage = false, children }: Props) {
  const Title = isPage ? 'h1' : 'p';
  return (
    <div class="notice">
      <Title class="notice-title">{title}</Title>
      {children}
    </div>
  );
}

/** What went wrong, in the server's words, and a way to try again: with a key where one is needed. */
export function Failure({ error, retry }: { error: PaperkinError; retry: () => void }) {
  return (
    <div class="notice notice-failure" role="alert">
      <p class="notice-title">{error.title}</p>
      {error.code === 'unauthorized' ? (
        <KeyForm />
      ) : (
        <>
          <p>{error.detail}</p>
          <button type="button" class="button" onClick={retry}>
            Try again
          </button>
        </>
      )}
    </div>
  );
}
