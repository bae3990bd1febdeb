import type { Info } from '@paperkin/client';
import { useEffect, useState } from 'preact/hooks';
import { client } from '../api.ts';
import { formatCount } from '../format.ts';

/** The footer: what is behind the page. Without an answer it simply says less. */
export function Colophon() {
  const [info, setInfo] = useState<Info>();
  useEffect(() => {
    const controller = new AbortController();
    client.info({ signal: controller.signal }).then(setInfo, () => undefined);
    return () => controller.abort();
  }, []);
  return (
    <footer class="colophon">
      <p>
        <strong>Paperkin</strong>
        {info !== undefined && (
          <>
            <span> {info.version}</span>
            <span class="colophon-fact">{formatCount(info.papers, 'paper')}</span>
            <span class="colophon-fact">model {info.model.name}</span>
          </>
        )}
        <span class="colophon-fact">
          <a href="/docs">API documentation</a>
        </span>
      </p>
      <p class="colophon-keys">
        <kbd>/</kbd> search, <kbd>j</kbd> <kbd>k</kbd> next and previous paper, <kbd>+</kbd> <kbd>-</kbd> more or less like it
      </p>
    </footer>
  );
}
