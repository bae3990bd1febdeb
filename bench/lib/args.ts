/** Command-line options of a bench: one zod object is the parser, the help text and the record of what was run. */
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';

/** A positive whole number with a default. */
export const count = (byDefault: number, what: string) => z.coerce.number().int().min(1).default(byDefault).describe(what);

/** Several positive whole numbers, comma-separated on the command line. */
export const counts = (byDefault: string, what: string) =>
  z
    .string()
    .default(byDefault)
    .transform((text) => text.split(',').map(Number))
    .pipe(z.array(z.int().min(1)).min(1))
    .describe(what);

/** A flag that is off unless it is given. */
export const flag = (what: string) => z.boolean().default(false).describe(what);

/** The seed of everything that is drawn. */
export const seedOption = z.coerce.number().int().min(0).default(20_090_611).describe('seed of everything that is drawn');

/**
 * Parses `--kebab-case` options for the keys of `schema`, each with its `.describe()` and default.
 * Prints the help and exits with 0 for `--help`, the fault and exits with 2 for a wrong option.
 */
export function parseBenchArgs<S extends z.ZodRawShape>(
  summary: string,
  schema: z.ZodObject<S>,
  argv: readonly string[] = process.argv.slice(2),
): z.infer<z.ZodObject<S>> {
  const rows = Object.entries(schema.shape).map(([key, type]) => {
    const parsed = z.safeParse(type, undefined);
    const byDefault: unknown = parsed.success ? parsed.data : undefined;
    return { key, name: key.replace(/(?<=.)[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), byDefault, what: describe(type) };
  });
  const config = Object.fromEntries(rows.map(({ name, byDefault }) => [name, { type: typeOf(byDefault) }]));
  try {
    const { values } = parseArgs({ args: [...argv], options: { ...config, help: { type: 'boolean' } }, allowPositionals: false });
    if (values['help'] === true) {
      process.stdout.write(helpText(summary, rows));
      process.exit(0);
    }
    const given = rows.map(({ key, name }) => [key, (values as Record<string, unknown>)[name]] as const);
    const parsed = schema.safeParse(Object.fromEntries(given.filter(([, value]) => value !== undefined)));
    if (parsed.success) return parsed.data;
    fail(z.prettifyError(parsed.error));
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
}

function typeOf(byDefault: unknown): 'boolean' | 'string' {
  return typeof byDefault === 'boolean' ? 'boolean' : 'string';
}

function describe(type: unknown): string {
  return type instanceof z.ZodType ? (type.meta()?.description ?? '') : '';
}

function helpText(summary: string, rows: readonly { name: string; byDefault: unknown; what: string }[]): string {
  const lines = rows.map(({ name, byDefault, what }) => {
    const shown = byDefault === undefined || byDefault === false ? '' : ` (default ${String(byDefault)})`;
    return `  --${name.padEnd(20)} ${what}${shown}`;
  });
  const script = basename(process.argv[1] ?? 'bench');
  return `${summary}\n\nnode …/${script} [options]\n${lines.join('\n')}\n  --${'help'.padEnd(20)} this text\n`;
}

/** For a wrong option that only the bench can see: says what is wrong and exits with 2. */
export function fail(message: string): never {
  process.stderr.write(`${message}\n(see --help)\n`);
  process.exit(2);
}
