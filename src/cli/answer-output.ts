/** Ranked papers for people or for machines. */
import { readRecord } from '../paper.ts';
import type { Answer, Hit } from '../recommend/answer.ts';

export function printAnswer(answer: Answer, json: boolean): void {
  const text = json ? jsonOf(answer) : answer.results.length === 0 ? 'nothing found' : answer.results.map(lines).join('\n');
  process.stdout.write(`${text}\n`);
}

function jsonOf(answer: Answer): string {
  return JSON.stringify({ ...answer, results: answer.results.map((hit) => ({ ...hit, paper: readRecord(hit.paper) })) });
}

function lines({ rank, score, versions, why, ...hit }: Hit): string {
  const paper = readRecord(hit.paper);
  const authors = paper.authorCount === null ? [] : [`${paper.authorCount} ${paper.authorCount === 1 ? 'author' : 'authors'}`];
  const details = [paper.id, ...(paper.publishedAt === null ? [] : [paper.publishedAt]), ...authors];
  if (versions.length > 0) details.push(`also ${versions.join(', ')}`);
  const because = why?.match == null ? '' : `\n            because: ${why.match.hit.text}`;
  return `${String(rank).padStart(3)}  ${score.toFixed(3)}  ${paper.title}\n            ${details.join(' · ')}${because}`;
}
