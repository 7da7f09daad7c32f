import type { CodeFile } from './code-file.ts';
import { meaningOf } from './meanings.ts';
import type { Scope } from './scopes.ts';
import { requiredModule } from './scopes.ts';
import { hookMethods, isGuard } from './signature-guards.ts';
import type { Node } from './syntax.ts';
import { bare, memberName } from './syntax.ts';

type Gathered = Pick<CodeFile, 'gathered'>;

/**
 * The modules of the user's that a file puts behind a guard, as the file names them:
 * `app.use('/voice', twilio.webhook(), require('./voice'))`. A guard that stands alone,
 * `app.use(twilio.webhook())`, is taken to be before all of them.
 */
export function guardedModules(file: Gathered): readonly string[] {
  return file.gathered.calls.flatMap(({ node, scope }) => {
    if (!hookMethods.has(memberName(bare(node.callee)) ?? '')) return [];
    const others = node.arguments.filter((given) => !isGuard(given, scope));
    if (others.length === node.arguments.length) return [];
    const mounted = others.flatMap((given) => moduleOf(given, scope) ?? []);
    return mounted.length > 0 ? mounted : ownModules(file);
  });
}

/** The modules of the user's that a file loads. */
export function ownModules({ gathered }: Gathered): readonly string[] {
  const imported = gathered.scopes.flatMap((scope) =>
    [...scope.bindings()].flatMap(({ given }) =>
      given.flatMap((each) => (each.from === 'module' ? [each.module] : [])),
    ),
  );
  const required = gathered.calls.flatMap(({ node }) => requiredModule(node) ?? []);
  return [...imported, ...required].filter(isOwn);
}

/** The module that a router comes from: `routes`, `routes.voice`, `routes(app)`. */
function moduleOf(node: Node, scope: Scope): string | undefined {
  const own = bare(node);
  const meaning =
    meaningOf(own, scope) ??
    (own.type === 'CallExpression' ? meaningOf(own.callee, scope) : undefined);
  return meaning?.is === 'module' && isOwn(meaning.module) ? meaning.module : undefined;
}

const isOwn = (module: string): boolean => module.startsWith('.');
