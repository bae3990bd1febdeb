/** A world with papers in it, by way of the command line: each call is one import and one generation. */
import { reportOf } from './reports.ts';
import type { Rig } from './rig.ts';
import type { World } from './world.ts';
import { writePapers } from './write-papers.ts';

export async function fill({ processes }: Rig, world: World, fresh: number, env: Record<string, string> = {}): Promise<void> {
  const papers = await writePapers(world, { fresh, changed: 0 });
  const ended = await processes.run(['--json', 'import', papers.file], { dataDir: world.dataDir, env });
  reportOf('the import', ended);
  papers.acknowledge();
}
