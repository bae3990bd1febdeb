/** A feed as JSON Feed 1.1: https://www.jsonfeed.org/version/1.1/. */
import { z } from 'zod';
import type { Feed } from './feed.ts';

export const JSON_FEED = 'application/feed+json';

export const jsonFeedSchema = z
  .object({
    version: z.literal('https://jsonfeed.org/version/1.1'),
    title: z.string(),
    home_page_url: z.string().describe('The page that shows the same'),
    feed_url: z.string(),
    items: z.array(
      z.object({
        id: z.string().describe('Stays with the paper'),
        url: z.string().describe('Where the paper is, or its page here'),
        title: z.string(),
        content_text: z.string().describe('The abstract; may be empty'),
        date_published: z.string().optional().describe('The first day of a month or a year alone; left out where unknown'),
        authors: z.array(z.object({ name: z.string() })).optional(),
        tags: z.array(z.string()).optional(),
      }),
    ),
  })
  .meta({ id: 'JsonFeed', description: 'JSON Feed 1.1' });

export function jsonFeedOf({ title, home, self, entries }: Feed): string {
  const feed: z.infer<typeof jsonFeedSchema> = {
    version: 'https://jsonfeed.org/version/1.1',
    title,
    home_page_url: home,
    feed_url: self,
    items: entries.map(({ id, url, title, abstract, published, authors, categories }) => ({
      id,
      url,
      title,
      content_text: abstract,
      ...(published !== null && { date_published: published }),
      ...(authors.length > 0 && { authors: authors.map((name) => ({ name })) }),
      ...(categories.length > 0 && { tags: categories }),
    })),
  };
  return JSON.stringify(feed);
}
