import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { guardAddresses } from '../../src/callback/address-guard.ts';
import { createSender, type Sender } from '../../src/callback/send.ts';
import { readAllowedCallbacks } from '../../src/config/networks.ts';
import { post, startCustomer } from './_customer.ts';

/** A sender that goes where production allows, and where `allow` says. */
function guardedSender(allow = ''): Sender {
  const { allowed } = readAllowedCallbacks(allow);
  return createSender({ clock: systemClock, guard: guardAddresses(allowed) });
}

describe('in production', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '0.0.0.0',
    '10.0.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '192.0.0.8',
    '198.18.0.1',
    '203.0.113.9',
    '224.0.0.1',
    '255.255.255.255',
    '１２７.0.0.1',
    '[::]',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a00:1]',
    '[::10.0.0.1]',
    '[64:ff9b::10.0.0.1]',
    '[64:ff9b:1::1]',
    '[2002:7f00:1::]',
    '[2001:0:7f00:1::]',
    '[2001:db8::1]',
    '[fc00::1]',
    '[fd12:3456::1]',
    '[fe80::1]',
    '[fec0::1]',
    '[ff02::1]',
  ])('a request to %s is refused', async (host) => {
    await using sender = guardedSender();

    const answer = await sender.send(post(`http://${host}/`));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchAddressRefused', attempts: 1 });
    expect(answer.ok ? '' : answer.problem).toContain('set TUTTI_CALLBACK_ALLOW=');
    expect(sender.sockets).toBe(0);
  });

  it.each(['93.184.216.34', '172.32.0.1', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8', '2606:4700::1111'])(
    'nothing is wrong with %s',
    (address) => {
      expect(guardAddresses({ hosts: [], networks: [] }).refusalOf(address)).toBeUndefined();
    },
  );

  it.each(['http', 'https'])('a name is judged by where it leads, over %s', async (scheme) => {
    await using customer = await startCustomer((_, response) => response.end());
    await using sender = guardedSender();

    const answer = await sender.send(post(`${scheme}://localhost:${customer.port}/`));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchAddressRefused', attempts: 1 });
    expect(answer.ok ? '' : answer.problem).toMatch(
      /^The host localhost is at (127\.0\.0\.1|::1).*, which is no address of the public internet\. .* set TUTTI_CALLBACK_ALLOW=localhost and/,
    );
    expect(customer.connections).toBe(0);
  });

  it('a name that does not resolve is an unknown host still', async () => {
    await using sender = guardedSender();

    const answer = await sender.send(post('http://no-such-host.invalid/'));

    expect(answer).toMatchObject({ ok: false, errorName: 'fetchNoHost' });
  });

  it.each(['http://127.0.0.2:1/', 'http://[::ffff:127.0.0.2]:1/', 'http://10.0.0.1/'])(
    'a redirect to %s is refused, and says where it came from',
    async (location) => {
      await using customer = await startCustomer((_, response) =>
        response.writeHead(307, { Location: location }).end(),
      );
      await using sender = guardedSender('127.0.0.1');

      const answer = await sender.send(post(customer.url));

      expect(customer.seen).toHaveLength(1);
      expect(answer).toMatchObject({
        ok: false,
        errorName: 'fetchAddressRefused',
        redirected: true,
      });
    },
  );

  it('a kept connection is of use to its own host alone', async () => {
    await using customer = await startCustomer((_, response) => response.end());
    await using sender = guardedSender('localhost');

    const allowed = await sender.send(post(`http://localhost:${customer.port}/`));
    const refused = await sender.send(post(customer.url));

    expect(allowed.ok).toBe(true);
    expect(refused).toMatchObject({ ok: false, errorName: 'fetchAddressRefused' });
    expect(customer.seen).toHaveLength(1);
  });

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.0/8', '127.0.0.1'],
    ['10.0.0.0/8, 127.0.0.1/32', 'localhost'],
    ['LocalHost', 'localhost'],
  ])('TUTTI_CALLBACK_ALLOW=%s lets %s through', async (allow, host) => {
    await using customer = await startCustomer((_, response) => response.end());
    await using sender = guardedSender(allow);

    const answer = await sender.send(post(`http://${host}:${customer.port}/`));

    expect(answer).toMatchObject({ ok: true, status: 200 });
  });
});

describe('TUTTI_CALLBACK_ALLOW', () => {
  it.each(['10.0.0.0/33', '10.0.0/8', '10.0.0.0/8/8', 'http://lan', 'lan:80', '300.1.1.1', 'a b'])(
    'with %s is a problem that says what is expected',
    (text) => {
      const { problems } = readAllowedCallbacks(`hooks.lan,${text}`);

      expect(problems).toEqual([
        `TUTTI_CALLBACK_ALLOW=${text}: expected networks, addresses or host names without scheme and port, as 10.1.2.0/24,hooks.lan`,
      ]);
    },
  );
});
