import { type Search, searchHref } from '../search-url.ts';
import { useHistoryMemory, useLanding } from '../use-history-memory.ts';
import { Notice } from './notice.tsx';
import { TASTE_LABEL } from './taste-buttons.tsx';

/** Where papers like the liked ones would be: how to like one. */
export function NothingLiked({ search }: { search: Search }) {
  useLanding(useHistoryMemory().entry(), true);
  const { picks, q } = search;
  return (
    <Notice title={picks.dislike.length === 0 ? 'Nothing is chosen yet' : 'Only what you dislike is chosen'}>
      <p>Choose “{TASTE_LABEL.like}” on a paper of any list, and the papers that are like it will be here.</p>
      <p>
        <a href={searchHref(search)}>{q === '' ? 'Go to the latest papers' : `Search for ${q}`}</a>
      </p>
    </Notice>
  );
}
