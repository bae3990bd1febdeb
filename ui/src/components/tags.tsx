/** Categories as the source writes them, `cs.CV`. */
export function Tags({ tags, atMost }: { tags: string[]; atMost: number }) {
  if (tags.length === 0) return null;
  const more = tags.slice(atMost);
  return (
    <ul class="tags" aria-label="Categories">
      {tags.slice(0, atMost).map((tag) => (
        <li key={tag} class="tag">
          {tag}
        </li>
      ))}
      {more.length > 0 && (
        <li class="tag" title={more.join(', ')}>
          +{more.length}
        </li>
      )}
    </ul>
  );
}
