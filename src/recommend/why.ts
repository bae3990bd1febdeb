/** Why a paper was recommended, as it goes over the wire. */
import { z } from 'zod';

const place = {
  start: z.int().min(0).describe('First character, in UTF-16 code units of the field'),
  end: z.int().min(1).describe('After the last character'),
  text: z.string().describe('The sentence: the field from start to end'),
};

export const whySchema = z
  .object({
    match: z
      .object({
        hit: z
          .object({ field: z.enum(['title', 'abstract']), ...place })
          .describe('The sentence of this paper without which it would score least'),
        asked: z
          .object({
            seed: z.int().min(0).describe('Place in `like` of the seed that brings most to the score; 0 where one was asked for'),
            field: z.enum(['text', 'title', 'abstract']),
            ...place,
          })
          .describe('The sentence asked with that is nearest to it'),
        cosine: z.number().min(-1).max(1).describe('Of the two sentences, each read in its text'),
      })
      .nullable()
      .describe('Null where the model reads nothing of either text'),
    terms: z.array(z.string()).max(5).describe('Rare words that both have, the most telling first, as this paper writes them'),
  })
  .meta({ id: 'Why', description: 'Why a paper is in the answer' });

export type Why = z.infer<typeof whySchema>;
