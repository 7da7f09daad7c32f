'use strict';
const dns = require('node:dns');
const http = require('node:http');
const https = require('node:https');
const { syncBuiltinESMExports } = require('node:module');
const { isIP } = require('node:net');
const { urlToHttpOptions } = require('node:url');
const { redirectFetch } = require('./redirect-fetch.cjs');

/** Options that belong to the connection to Twilio, not to the request. */
const OF_THE_CONNECTION = ['family', 'hints', 'localAddress', 'localPort', 'lookup', 'socketPath'];

/** Whether a name, with or without a port, is one of Twilio's. */
function isTwilioHost(host) {
  return typeof host === 'string' && /(^|\.)twilio\.com\.?(:\d+)?$/i.test(host);
}

/** The options and the call-back of `http.request(url?, options?, callback?)`. */
function readArguments([first, ...rest]) {
  let options = {};
  if (typeof first === 'string') options = urlToHttpOptions(new URL(first));
  else if (first?.href !== undefined && first.searchParams) options = urlToHttpOptions(first);
  else rest.unshift(first);
  if (typeof rest[0] !== 'function') options = { ...options, ...rest.shift() };
  return { options, callback: rest[0] };
}

/** Where a request wants to go; a request to an HTTP proxy names it in its path. */
function destination(options, defaultPort) {
  if (/^https?:\/\//i.test(options.path ?? '')) {
    const url = new URL(options.path);
    return { host: url.host, path: url.pathname + url.search };
  }
  if (options.method === 'CONNECT') return { host: options.path, tunnel: true };
  const name = options.hostname || options.host;
  const port = Number(options.port || options.defaultPort || defaultPort);
  const host = isTwilioHost(name) && port !== defaultPort ? `${name}:${port}` : name;
  return { host, path: options.path ?? '/' };
}

/** The headers with the Host that the caller had in mind. */
function withHost(headers, host) {
  if (Array.isArray(headers)) {
    const named = headers.some((it, i) => i % 2 === 0 && String(it).toLowerCase() === 'host');
    return named ? headers : [...headers, 'Host', host];
  }
  const named = Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'host');
  return named ? headers : { ...headers, Host: host };
}

/**
 * Sends every request for a host under twilio.com to another server, with its Host header kept:
 * requests by node:http and node:https and by the global fetch. What takes another way to
 * twilio.com (a socket of its own, HTTP/2) fails in the look-up of the name instead of getting out.
 *
 * @param {() => URL} target the server; asked for at each such request, and may throw
 */
function redirectTwilio(target) {
  redirectNode(target);
  redirectFetch(isTwilioHost);
  guardLookup();
  // For `import { request } from 'node:https'` in modules that are linked already.
  syncBuiltinESMExports();
}

function redirectNode(target) {
  const original = { http: http.request, https: https.request };
  const agents = {
    'http:': new http.Agent({ keepAlive: true }),
    'https:': new https.Agent({ keepAlive: true }),
  };
  for (const [module, send, defaultPort] of [
    [http, original.http, 80],
    [https, original.https, 443],
  ]) {
    const request = function (...args) {
      const redirected = redirectArguments(args, defaultPort, target, agents);
      if (redirected === undefined) return send.apply(this, args);
      const { options, callback } = redirected;
      return original[options.protocol.slice(0, -1)](options, callback);
    };
    module.request = request;
    module.get = function (...args) {
      const sent = request.apply(this, args);
      sent.end();
      return sent;
    };
  }
}

/** The arguments for the server; undefined if the request is not for Twilio. */
function redirectArguments(args, defaultPort, target, agents) {
  let read;
  let goal;
  try {
    read = readArguments(args);
    goal = destination(read.options, defaultPort);
  } catch {
    return undefined; // node's own request says what is wrong with them.
  }
  if (!isTwilioHost(goal.host)) return undefined;
  if (goal.tunnel) throw new Error(`A tunnel to ${goal.host} would leave this machine`);
  const server = target();
  const name = server.hostname.replace(/^\[|\]$/g, '');
  const options = {
    ...read.options,
    protocol: server.protocol,
    hostname: name,
    port: server.port || (server.protocol === 'https:' ? 443 : 80),
    path: server.pathname.replace(/\/$/, '') + goal.path,
    headers: withHost(read.options.headers, goal.host),
  };
  for (const key of OF_THE_CONNECTION) delete options[key];
  // Node would ask for a certificate for the Host header.
  if (server.protocol === 'https:') options.servername = isIP(name) ? '' : name;
  return { options: { ...options, agent: agents[server.protocol] }, callback: read.callback };
}

function guardLookup() {
  const { lookup } = dns;
  const { lookup: lookupPromise } = dns.promises;
  const refusal = (name) =>
    Object.assign(new Error(`${name} is not looked up: requests to Twilio go to TUTTI_URL`), {
      code: 'ENOTFOUND',
      syscall: 'getaddrinfo',
      hostname: name,
    });
  dns.lookup = function (name, ...rest) {
    if (!isTwilioHost(name)) return lookup.call(this, name, ...rest);
    process.nextTick(rest.at(-1), refusal(name));
    return {};
  };
  dns.promises.lookup = async function (name, ...rest) {
    if (isTwilioHost(name)) throw refusal(name);
    return lookupPromise.call(this, name, ...rest);
  };
}

module.exports = { redirectTwilio };
