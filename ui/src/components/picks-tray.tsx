import { useLocation } from 'preact-iso';
import { countOf, NO_PICKS } from '../picks.ts';
import { K_STEP, LIKE_THESE, likeTheseHref, readSearch } from '../search-url.ts';
import { useKeptPicks } from '../use-kept-picks.ts';
import { usePicks } from '../use-picks.ts';
import { Tray } from './tray.tsx';

/** From any list to the papers like those chosen in it; their own page has a tray of its own. */
export function PicksTray() {
  const { path, url } = useLocation();
  const { picks, choose } = usePicks();
  useKeptPicks();
  if (path === LIKE_THESE || countOf(picks) === 0) return null;
  return (
    <Tray picks={picks}>
      <button type="button" class="tray-quiet" onClick={() => choose(NO_PICKS)}>
        Clear
      </button>
      {picks.like.length > 0 && (
        <a class="button button-primary" href={likeTheseHref({ ...readSearch(url), k: K_STEP })}>
          Papers like these
        </a>
      )}
    </Tray>
  );
}
