'use strict';
const https = require('node:https');
const { Readable } = require('node:stream');

const MAX_REDIRECTIONS = 20;
const WITHOUT_BODY = new Set([204, 205, 304]);

/**
 * Makes the global fetch send requests for Twilio by node:https, whose requests are redirected.
 * Fetch itself neither lets its caller set a Host header nor lets it choose where to connect.
 *
 * @param {(host: string) => boolean} isTwilioHost
 */
function redirectFetch(isTwilioHost) {
  const original = globalThis.fetch;
  if (typeof original !== 'function') return;
  globalThis.fetch = async function fetch(input, init) {
    const url = readUrl(input);
    if (url === undefined || !isTwilioHost(url.hostname)) return original(input, init);
    const request = new Request(input, init);
    const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
    const { method, headers, redirect, signal } = request;
    return follow({ url, method, headers, body, redirect, signal }, isTwilioHost);
  };
}

/** The URL of fetch's first argument; undefined if fetch will refuse it. */
function readUrl(input) {
  try {
    return new URL(typeof input === 'object' && 'url' in input ? input.url : input);
  } catch {
    return undefined;
  }
}

/** Sends a request and, if it asks so, those that the answers redirect it to. */
async function follow(request, isTwilioHost, redirections = 0) {
  const response = await send(request);
  const { status } = response;
  const location = [301, 302, 303, 307, 308].includes(status) && response.headers.get('location');
  if (!location || request.redirect === 'manual') return response;
  if (request.redirect === 'error' || redirections >= MAX_REDIRECTIONS) {
    throw new TypeError('fetch failed', { cause: new Error('unexpected redirect') });
  }
  await response.body?.cancel();
  const url = new URL(location, request.url);
  const { headers, signal } = request;
  if (url.origin !== request.url.origin) headers.delete('authorization');
  let { method, body } = request;
  // Fetch standard, HTTP-redirect fetch, step 12.
  if (status === 303 ? !/^(GET|HEAD)$/.test(method) : status < 303 && method === 'POST') {
    method = 'GET';
    body = undefined;
    for (const name of [...headers.keys()]) if (/^content-/.test(name)) headers.delete(name);
  }
  if (!isTwilioHost(url.hostname)) return globalThis.fetch(url, { method, headers, body, signal });
  return follow({ ...request, url, method, body }, isTwilioHost, redirections + 1);
}

/** One request and its answer, in the forms of fetch. */
function send({ url, method, headers, body, signal }) {
  return new Promise((resolve, reject) => {
    const fail = (error) =>
      reject(signal.aborted ? signal.reason : new TypeError('fetch failed', { cause: error }));
    const options = {
      method,
      headers: { Accept: '*/*', 'User-Agent': 'node', ...Object.fromEntries(headers) },
      signal,
    };
    const sent = https.request(url, options, (answer) => {
      const { statusCode: status, statusMessage: statusText, rawHeaders } = answer;
      const empty = method === 'HEAD' || WITHOUT_BODY.has(status);
      const received = new Headers();
      for (let i = 0; i < rawHeaders.length; i += 2) {
        received.append(rawHeaders[i], rawHeaders[i + 1]);
      }
      if (empty) answer.resume();
      const response = new Response(empty ? null : Readable.toWeb(answer), {
        status,
        statusText,
        headers: received,
      });
      resolve(Object.defineProperty(response, 'url', { value: url.href }));
    });
    sent.on('error', fail);
    sent.end(body);
  });
}

module.exports = { redirectFetch };
