import { LocationProvider, Route, Router } from 'preact-iso';
import { Colophon } from './components/colophon.tsx';
import { Masthead } from './components/masthead.tsx';
import { PicksTray } from './components/picks-tray.tsx';
import { SearchBand } from './components/search-band.tsx';
import { type HistoryMemory, HistoryMemoryContext } from './history-memory.ts';
import { Home } from './pages/home.tsx';
import { LikeThesePage } from './pages/like-these-page.tsx';
import { NotFound } from './pages/not-found.tsx';
import { PaperPage } from './pages/paper-page.tsx';
import { LIKE_THESE } from './search-url.ts';
import { useShortcuts } from './use-shortcuts.ts';

/** What the server answers by itself; links there are ordinary page loads. */
const PAGE_PATHS = /^\/(?!(docs|v1|openapi\.json)(\/|$|\?))/;

export function App({ memory }: { memory: HistoryMemory }) {
  useShortcuts();
  return (
    <HistoryMemoryContext.Provider value={memory}>
      <LocationProvider scope={PAGE_PATHS}>
        <Masthead />
        <main id="main" tabIndex={-1}>
          <SearchBand />
          <Router>
            <Route path="/" component={Home} />
            <Route path={LIKE_THESE} component={LikeThesePage} />
            {/* Not `:id`: the router throws on an address that is not valid percent-encoding. */}
            <Route path="/papers/*" component={PaperPage} />
            <Route default component={NotFound} />
          </Router>
          <PicksTray />
        </main>
        <Colophon />
      </LocationProvider>
    </HistoryMemoryContext.Provider>
  );
}
