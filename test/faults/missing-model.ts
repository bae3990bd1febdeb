import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type Fault, must } from './fault.ts';
import { connect, describeReply, isComeAgain } from './rig/client.ts';
import { fill } from './rig/fill.ts';
import { embeddersOf } from './rig/processes.ts';
import { BUNDLED_MODEL } from './rig/space.ts';
import { until } from './rig/until.ts';
import { createWorld } from './rig/world.ts';

const FILES = ['onnx/model_quantized.onnx', 'tokenizer.json', 'manifest.json'];

export const missingModel: Fault = {
  name: 'missing-model',
  what: 'a file of the model is gone, before the start or under a service: the file is named, callers are told to come again',
  times: { short: 1, full: 6 },
  limitS: { short: 120, full: 900 },
  async run({ rig, random, more, attempt }) {
    const model = await rig.copyOf(BUNDLED_MODEL, 'model');
    const world = await createWorld(rig, random);
    const env = { MODEL: model };
    await fill(rig, world, 20, env);
    const options = { dataDir: world.dataDir, env };
    for (let i = 0; more(); i++) {
      const file = join(model, FILES[i % FILES.length] ?? '');
      await attempt(file, async () => {
        const before = world.settle();
        await rename(file, `${file}.away`);
        const { code, stderr } = await rig.processes.run(['serve'], options);
        await rename(`${file}.away`, file);
        must(code === 1 && stderr.includes(file), () => `it ended with ${code}: ${stderr}`);

        const service = await rig.processes.serve(options);
        const client = connect(service.url);
        const search = () => client.send('GET', '/v1/search?q=graph&mode=dense');
        await rename(file, `${file}.away`);
        for (const pid of await embeddersOf(service.pid)) process.kill(pid, 'SIGKILL');
        const reply = await search();
        // A process that needs the file no more may have come in its place.
        must(reply.status === 200 || isComeAgain(reply), () => `a search was answered ${describeReply(reply)}`);
        await rename(`${file}.away`, file);
        await until('it embeds again', async () => (await search()).status === 200);
        await world.verifyServed(service);
        await world.verifyStored(before);
        await service.kill();
      });
    }
  },
};
