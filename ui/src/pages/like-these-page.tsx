import type { PaperBatch } from '@paperkin/client';
import { useReducer } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { client, type Load } from '../api.ts';
import { LikeTheseList } from '../components/like-these-list.tsx';
import { NothingLiked } from '../components/nothing-liked.tsx';
import { type Seed, SeedChips } from '../components/seed-chips.tsx';
import { Tray } from '../components/tray.tsx';
import { NO_PICKS, type Picks, samePicks, TASTES, withoutPick } from '../picks.ts';
import { K_STEP, likedText, likeTheseHref, readSearch, type Search, searchHref } from '../search-url.ts';
import { useAnswer } from '../use-answer.ts';
import { useHistoryMemory } from '../use-history-memory.ts';
import { usePicks } from '../use-picks.ts';
import { useTitle } from '../use-title.ts';

const TITLE = 'Papers like these';

const loadPapers: Load<string[], PaperBatch> = async (ids, signal) =>
  ids.length === 0 ? { papers: [], missing: [] } : client.papers.getMany(ids, { signal });

/** Papers like some and unlike others. What is chosen in the list itself waits until the list is updated: nothing jumps. */
export function LikeThesePage() {
  const { url, route } = useLocation();
  const { picks, asked, choose } = usePicks();
  const [, showNext] = useReducer((n: number) => n + 1, 0);
  const search = readSearch(url);
  const text = likedText(search);
  const seeds = useSeeds(asked, text);
  useTitle(TITLE);

  function ask(next: Search): void {
    // What is gone back to is the list as it was, and what it was asked with.
    history.replaceState(history.state, '', likeTheseHref({ ...search, picks: asked }));
    route(likeTheseHref({ ...next, k: K_STEP }));
    // The router sees no step in one to the same address.
    showNext(undefined);
  }

  function remove({ id }: Seed): void {
    ask(id === undefined ? { ...search, q: '' } : { ...search, picks: withoutPick(picks, id) });
  }

  return (
    <>
      <section aria-labelledby="content" class="page">
        <div class="results-head">
          <h1 id="content" class="results-title" tabIndex={-1}>
            {TITLE}
          </h1>
          <SeedChips seeds={seeds} onRemove={remove} clearHref={searchHref({ ...search, k: K_STEP, picks: NO_PICKS })} />
        </div>
        {asked.like.length > 0 || text !== '' ? (
          <LikeTheseList search={search} asked={asked} seeds={seeds} />
        ) : (
          <NothingLiked search={{ ...search, k: K_STEP }} />
        )}
      </section>
      {!samePicks(picks, asked) && (
        <Tray picks={picks}>
          <button type="button" class="tray-quiet" onClick={() => choose(asked)}>
            Undo
          </button>
          <button type="button" class="button button-primary" onClick={() => ask(search)}>
            Update the list
          </button>
        </Tray>
      )}
    </>
  );
}

/** What the list goes by, with titles: likes first, the text behind the liked papers. */
function useSeeds(picks: Picks, text: string): Seed[] {
  const ids = TASTES.flatMap((taste) => picks[taste]);
  const { data, previous } = useAnswer(ids, loadPapers, useHistoryMemory().seeds);
  const { papers, missing } = data ?? previous ?? { papers: [], missing: [] };
  const titles = new Map(papers.map(({ id, title }) => [id, title]));
  return TASTES.flatMap((taste): Seed[] => [
    ...picks[taste].map((id) => ({ taste, id, title: titles.get(id), missing: missing.includes(id) })),
    ...(taste === 'like' && text !== '' ? [{ taste, title: text, missing: false }] : []),
  ]);
}
