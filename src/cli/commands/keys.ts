import { appendFile } from 'node:fs/promises';
import { Command } from 'commander';
import { z } from 'zod';
import { createKey, KEY_NAME, SCOPES } from '../../api-keys.ts';
import { AppError, messageOf } from '../../errors.ts';
import { globalsOf, parseOptions } from '../options.ts';

const optionsSchema = z.object({
  scope: z.enum(SCOPES, `must be one of ${SCOPES.join(', ')}`),
  file: z.string().min(1).optional(),
});
/** The owner alone: what is in it does not open the service, but nobody else has to know who may. */
const FILE_MODE = 0o600;

export function keysCommand(): Command {
  const keys = new Command('keys')
    .description('API keys: make one')
    .addHelpText(
      'after',
      '\nExamples:\n  paperkin keys create dashboard --scope read\n  paperkin keys create loader --scope write --file keys.txt',
    );

  keys
    .command('create')
    .description('print a new key, which is nowhere kept, and its hashed line for API_KEYS or the file of API_KEYS_FILE')
    .argument('<name>', 'who has it, for the log and for limits')
    .requiredOption('--scope <scope>', `${SCOPES.join(', ')}: each includes those before it`)
    .option('--file <file>', 'add the line to this file instead of printing it')
    .action(async (name: string, options: object, command: Command) => {
      const { json } = globalsOf(command);
      const { scope, file } = parseOptions(optionsSchema, options);
      if (!KEY_NAME.test(name))
        throw new AppError('invalid_input', `the name "${name}" may have letters, digits, ".", "_" and "-", 64 at most`);
      const { key, line } = createKey(name, scope);
      if (file !== undefined) await append(file, line);
      if (json) process.stdout.write(`${JSON.stringify({ name, scope, key, line })}\n`);
      else process.stdout.write(file === undefined ? `${key}\n${line}\n` : `${key}\n`);
      process.stderr.write('paperkin: the key is shown this once; a service reads its hashed line when it starts\n');
    });

  return keys;
}

async function append(file: string, line: string): Promise<void> {
  await appendFile(file, `${line}\n`, { mode: FILE_MODE }).catch((error: unknown) => {
    throw new AppError('file_unreadable', `the line could not be added: ${messageOf(error)}`, { cause: error });
  });
}
