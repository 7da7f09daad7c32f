import { lintRules, type LintRule } from '@tutti/doctor';

interface Plugin {
  readonly meta: { readonly name: string; readonly version: string };
  readonly rules: Readonly<Record<string, LintRule>>;
  readonly configs: {
    readonly recommended: {
      readonly name: string;
      readonly plugins: Readonly<Record<string, Plugin>>;
      readonly rules: Readonly<Record<string, 'error' | 'warn'>>;
    };
  };
}

const warned: ReadonlySet<string> = new Set([
  'no-ambiguous-sid-name',
  'no-hard-coded-sid',
  'require-webhook-signature',
]);

/** ESLint's plugin: flat configuration, `tutti.configs.recommended`. oxlint loads it too. */
const plugin: Plugin = {
  meta: { name: 'tutti', version: '0.1.0' },
  rules: lintRules,
  configs: {
    recommended: {
      name: 'tutti/recommended',
      get plugins() {
        return { tutti: plugin };
      },
      rules: Object.fromEntries(
        Object.keys(lintRules).map((name) => [
          `tutti/${name}`,
          warned.has(name) ? 'warn' : 'error',
        ]),
      ),
    },
  },
};

// eslint-disable-next-line import/no-default-export -- ESLint and oxlint take a plugin so
export default plugin;
