/** A feed as Atom: https://www.rfc-editor.org/rfc/rfc4287. */
import { type Feed, type FeedEntry, NO_DATE } from './feed.ts';
import { element, type Xml, xmlDocument } from './xml.ts';

export const ATOM = 'application/atom+xml';

export function atomOf({ id, title, home, self, updated, entries }: Feed): string {
  return xmlDocument(
    element(
      'feed',
      { xmlns: 'http://www.w3.org/2005/Atom' },
      element('id', {}, id),
      element('title', {}, title),
      element('updated', {}, updated),
      // Stands for the authors of an entry that names none, which must have one.
      person('Paperkin'),
      element('link', { rel: 'self', type: ATOM, href: self }),
      element('link', { rel: 'alternate', type: 'text/html', href: home }),
      element('generator', {}, 'Paperkin'),
      ...entries.map(entryOf),
    ),
  );
}

function entryOf({ id, title, abstract, authors, categories, published, url, page }: FeedEntry): Xml {
  return element(
    'entry',
    {},
    element('id', {}, id),
    element('title', {}, title),
    element('updated', {}, published ?? NO_DATE),
    ...(published === null ? [] : [element('published', {}, published)]),
    ...authors.map(person),
    element('link', { rel: 'alternate', href: url }),
    ...(page === url ? [] : [element('link', { rel: 'related', type: 'text/html', href: page })]),
    ...categories.map((term) => element('category', { term })),
    ...(abstract === '' ? [] : [element('summary', {}, abstract)]),
  );
}

function person(name: string): Xml {
  return element('author', {}, element('name', {}, name));
}
