import type { CodeFile, Problem } from '../code-file.ts';
import { kindsOf, meaningOf, shown } from '../meanings.ts';
import type { Meaning } from '../meanings.ts';
import { isOtherKind } from '../sid-names.ts';
import { bare, keyOf } from '../syntax.ts';
import type { Node } from '../syntax.ts';

const isAuthToken = (name: string): boolean => /auth_?token$/i.test(name);
const isKey = (name: string): boolean => /api_?key(?:_?sid)?$|(?<!account_?)key_?sid$/i.test(name);

/** What a client or an access token of the SDK is made with: the wrong one of the credentials. */
export function* sdkCredentials({ gathered }: CodeFile): Generator<Problem> {
  for (const { node, scope } of gathered.calls) {
    const callee = meaningOf(bare(node.callee), scope);
    if (callee?.is !== 'module' || callee.module !== 'twilio') continue;
    const given = node.arguments.map((argument) => nameOf(argument, meaningOf(argument, scope)));
    const [first, , third] = given;
    if (callee.path.at(-1) === 'AccessToken' && node.type === 'NewExpression') {
      const [account] = node.arguments.map((argument) => kindsOf(meaningOf(argument, scope)));
      if (isOtherKind(account, ['AC']) || (first !== undefined && isKey(first))) {
        yield problem('key-as-account', node);
      } else if (third !== undefined && isAuthToken(third)) {
        yield problem('token-signed-with-auth-token', node.arguments.at(2) ?? node);
      }
      continue;
    }
    const isClient = callee.path.length === 0 || callee.path.at(-1) === 'Twilio';
    const [username] = node.arguments;
    if (!isClient || username === undefined) continue;
    const kinds = kindsOf(meaningOf(username, scope));
    const isKeyGiven = kinds?.includes('SK') ?? (first !== undefined && isKey(first));
    const options = node.arguments.at(2);
    if (isKeyGiven && (options === undefined || lacksAccount(options))) {
      yield problem('key-without-account', node);
    }
  }
}

const problem = (
  which: 'key-without-account' | 'token-signed-with-auth-token' | 'key-as-account',
  node: Node,
): Problem => ({ rule: 'sdk-credentials', values: { problem: which }, node });

function nameOf(node: Node, meaning: Meaning | undefined): string | undefined {
  if (meaning !== undefined && meaning.is !== 'text') return shown(meaning);
  const own = bare(node);
  return own.type === 'Identifier' ? own.name : undefined;
}

const lacksAccount = (options: Node): boolean =>
  options.type === 'ObjectExpression' &&
  !options.properties.some(
    (property) =>
      property.type !== 'Property' || keyOf(property.key, property.computed) === 'accountSid',
  );
