/** A part of a text, as characters from and to. */
export interface Mark {
  start: number;
  end: number;
}

/** A text of which a part is pointed out. */
export function Marked({ text, mark }: { text: string; mark: Mark | undefined }) {
  if (mark === undefined) return <>{text}</>;
  return (
    <>
      {text.slice(0, mark.start)}
      <mark>{text.slice(mark.start, mark.end)}</mark>
      {text.slice(mark.end)}
    </>
  );
}
