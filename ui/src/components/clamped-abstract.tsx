import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Mark, Marked } from './marked.tsx';

interface Props {
  text: string;
  /** To point out, and to begin with as long as the text is cut. */
  mark?: Mark | undefined;
  /** Shares the line below the abstract with the button. */
  children: ComponentChildren;
}

/** An abstract cut to a few lines by the style sheet, with a button to open it only where something is cut. */
export function ClampedAbstract({ text, mark, children }: Props) {
  const id = useId();
  const paragraph = useRef<HTMLParagraphElement>(null);
  const [expanded, setExpanded] = useState(false);
  const [clamped, setClamped] = useState(false);
  const skipped = mark?.start ?? 0;

  useLayoutEffect(() => {
    const element = paragraph.current;
    // An open abstract is never cut: keep what was measured, or the button to close it would go.
    if (element === null || expanded) return undefined;
    const observer = new ResizeObserver(() => setClamped(element.scrollHeight > element.clientHeight + 1));
    observer.observe(element);
    return () => observer.disconnect();
  }, [expanded]);

  return (
    <>
      <p id={id} ref={paragraph} class={expanded ? 'abstract' : 'abstract abstract-clamped'}>
        {mark !== undefined && skipped > 0 && !expanded ? (
          <>
            … <Marked text={text.slice(skipped)} mark={{ start: 0, end: mark.end - skipped }} />
          </>
        ) : (
          <Marked text={text} mark={mark} />
        )}
      </p>
      <div class="card-foot">
        {(clamped || skipped > 0) && (
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
