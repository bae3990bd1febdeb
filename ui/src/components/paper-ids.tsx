import { paperPath } from '../api.ts';
import { usePicks } from '../use-picks.ts';

/** Ids of papers as links to them. */
export function PaperIds({ ids }: { ids: readonly string[] }) {
  const { carried } = usePicks();
  return (
    <>
      {ids.map((id, i) => (
        <span key={id}>
          {i > 0 && ', '}
          <a href={carried(paperPath(id))}>{id}</a>
        </span>
      ))}
    </>
  );
}
