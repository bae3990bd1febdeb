interface Props {
  pending: boolean;
  onMore: () => void;
}

/** Stays enabled while it works: a disabled button drops the keyboard's focus. */
export function MoreButton({ pending, onMore }: Props) {
  return (
    <div class="more">
      <button type="button" class="button" aria-busy={pending} onClick={() => pending || onMore()}>
        {pending ? 'Loading…' : 'Show more'}
      </button>
    </div>
  );
}
