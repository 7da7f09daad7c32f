import { parseArgs } from 'node:util';
import { CommandError } from './command-error.ts';

type Options = Readonly<
  Record<string, { readonly type: 'string' | 'boolean'; readonly multiple?: true }>
>;
type Values<T extends Options> = {
  readonly [K in keyof T]?: T[K] extends { readonly type: 'boolean' }
    ? boolean
    : T[K] extends { readonly multiple: true }
      ? readonly string[]
      : string;
};

/** Reads the arguments of a command. @throws CommandError saying which one is not understood. */
export function readArguments<const T extends Options>(
  args: string[],
  options: T,
  command: string,
  positionals = 0,
): { readonly values: Values<T>; readonly positionals: readonly string[] } {
  try {
    const parsed = parseArgs({ args, options, allowPositionals: positionals > 0, strict: true });
    if (parsed.positionals.length > positionals) {
      throw new CommandError(
        `${parsed.positionals[positionals] ?? ''} is one argument too many for tutti ${command}.`,
        2,
      );
    }
    return { values: parsed.values, positionals: parsed.positionals };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const message = error instanceof Error ? error.message : 'unreadable arguments';
    throw new CommandError(`${message} (see tutti help)`, 2);
  }
}
