import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';

interface Props {
  text: string;
  /** A part of the text to point out, as characters from and to. */
  mark?: { start: number; end: number } | undefined;
  /** Shares the line below the abstract with the button. */
  children: ComponentChildren;
}

/** An abstract cut to a few lines by the style sheet, with a button to open it only where something is cut. */
export function ClampedAbstract({ text, mark, children }: Props) {
  const id = useId();
  const paragraph = useRef<HTMLParagraphElement>(null);
  // What is pointed out must be seen.
  const [expanded, setExpanded] = useState(mark !== undefined);
  const [cut, setCut] = useState(false);

  useLayoutEffect(() => {
    const element = paragraph.current;
    // An open abstract is never cut: keep what was measured, or the button to close it would go.
    if (element === null || expanded) return undefined;
    const observer = new ResizeObserver(() => setCut(element.scrollHeight > element.clientHeight + 1));
    observer.observe(element);
    return () => observer.disconnect();
  }, [expanded]);

  return (
    <>
      <p id={id} ref={paragraph} class={expanded ? 'abstract' : 'abstract abstract-clamped'}>
        {mark === undefined ? (
          text
        ) : (
          <>
            {text.slice(0, mark.start)}
            <mark>{text.slice(mark.start, mark.end)}</mark>
            {text.slice(mark.end)}
          </>
        )}
      </p>
      <div class="card-foot">
        {cut && (
          <button
            type="button"
            class="abstract-toggle"
            aria-expanded={expanded}
            aria-controls={id}
            onClick={() => setExpanded(!expanded)}
          >
            Full abstract
          </button>
        )}
        {children}
      </div>
    </>
  );
}
