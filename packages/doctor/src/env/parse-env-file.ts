import type { Place } from '../rules.ts';

/** One assignment of an environment file. */
export interface EnvEntry {
  readonly name: string;
  /** What a program gets: without quotes and escapes, as `dotenv` reads it. */
  readonly value: string;
  /** What stands behind `=`, as it is written. */
  readonly written: string;
  readonly place: Place;
}

// [export] NAME [blanks] = [blanks] VALUE; VALUE is 'quoted', "quoted", `quoted` or ends at " #".
const assignment = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*[=:](.*)$/;
const quoted = /^[ \t]*(["'`])((?:\\.|(?!\1)[^\\])*)\1[ \t]*(?:#.*)?$/;

/** Reads the text of a `.env` file, as `dotenv` does; lines that assign nothing are left out. */
export function parseEnvFile(file: string, text: string): EnvEntry[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const match = assignment.exec(line);
    if (match === null) return [];
    const [, name = '', written = ''] = match;
    const start = line.length - written.length + 1;
    return [
      {
        name,
        value: valueOf(written),
        written,
        place: {
          file,
          line: index + 1,
          column: start,
          endLine: index + 1,
          endColumn: line.length + 1,
        },
      },
    ];
  });
}

function valueOf(written: string): string {
  const match = quoted.exec(written);
  if (match) {
    const [, quote, inside = ''] = match;
    return quote === '"' ? inside.replaceAll(String.raw`\n`, '\n') : inside;
  }
  return written.replace(/[ \t]#.*$/, '').trim();
}
