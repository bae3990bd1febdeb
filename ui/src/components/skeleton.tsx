/** Grey shapes where papers will be; said in words to those who do not see them. */
export function Skeleton({ label, count = 5 }: { label: string; count?: number }) {
  return (
    <>
      <p class="visually-hidden" role="status">
        {label}
      </p>
      <div class="skeleton" aria-hidden="true">
        {Array.from({ length: count }, (_, index) => (
          <div class="skeleton-card" key={index}>
            <div class="skeleton-title" />
            <div class="skeleton-facts" />
            <div class="skeleton-line" />
            <div class="skeleton-line" />
            <div class="skeleton-line skeleton-short" />
          </div>
        ))}
      </div>
    </>
  );
}
