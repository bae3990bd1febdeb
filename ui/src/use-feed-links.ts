/** Tells feed readers, in the head of the document, where what is shown can be subscribed to. */
import { useLayoutEffect } from 'preact/hooks';

const TYPES = { atom: 'application/atom+xml', json: 'application/feed+json' };

/** @param params what the feed is asked with. */
export function useFeedLinks(kind: 'search' | 'recommend', params: URLSearchParams): void {
  const query = params.toString();
  useLayoutEffect(() => {
    const links = Object.entries(TYPES).map(([extension, type]) => {
      const link = document.createElement('link');
      Object.assign(link, { rel: 'alternate', type, href: `/v1/feeds/${kind}.${extension}?${query}` });
      return link;
    });
    document.head.append(...links);
    return () => {
      for (const link of links) link.remove();
    };
  }, [kind, query]);
}
