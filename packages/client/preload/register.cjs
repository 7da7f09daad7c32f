'use strict';
/**
 * Preload: makes the Twilio calls of a program reach the Tutti server named by TUTTI_URL.
 * `tutti run` puts it into NODE_OPTIONS (`--require`), so child processes inherit it. It needs
 * nothing but node's own modules, and works on whichever twilio the program has installed.
 */
const { watchTwilio } = require('./load-hook.cjs');
const { passThroughFor, wrapModule } = require('./pass-through.cjs');
const { redirectTwilio } = require('./redirect.cjs');

const once = Symbol.for('@tutti/client/register');

/** @throws {Error} if TUTTI_URL names no server: better no request than one to the real Twilio */
function server() {
  const text = process.env.TUTTI_URL ?? '';
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text);
  throw new Error(`TUTTI_URL must be the server's http or https URL, not "${text}"`);
}

let warned = false;

function warn(error) {
  if (warned) return;
  warned = true;
  process.stderr.write(
    `tutti: this version of twilio is built in an unknown way (${error.message}). Its requests ` +
      'reach the server, but without the parameters that it does not know itself.\n',
  );
}

if (!globalThis[once]) {
  globalThis[once] = true;
  redirectTwilio(server);
  passThroughFor(() => true);
  watchTwilio(wrapModule, warn);
}
