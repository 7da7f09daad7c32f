import { conductorPath, participantPath, type AuditRule } from '../view.ts';

export const proxyAddressNotOurs: AuditRule = {
  name: 'proxy-address-not-ours',
  find: ({ callerIds, conductors, numbers, participants }) => {
    const ours = new Set([...numbers, ...callerIds].map(({ phoneNumber }) => phoneNumber));
    const isForeign = (address: string | null): address is string =>
      address !== null && address.startsWith('+') && !ours.has(address);
    const fault = (sid: string, where: string, address: string) => ({
      sids: [sid],
      where,
      text: `The proxy address ${address} of ${sid} is no number of this account and no verified caller id: calls to it do not arrive here, and calls from it are refused.`,
      fix: `Add the number ${address} to the account (POST /2010-04-01/Accounts/{AccountSid}/IncomingPhoneNumbers.json), or set a number that it has.`,
    });
    return [
      ...conductors.flatMap((conductor) =>
        isForeign(conductor.proxyAddress)
          ? fault(
              conductor.sid,
              `${conductorPath(conductor)} proxy_address`,
              conductor.proxyAddress,
            )
          : [],
      ),
      ...participants.flatMap((participant) =>
        isForeign(participant.voiceProxyAddress)
          ? fault(
              participant.sid,
              `${participantPath(participant)} voice_binding.proxy_address`,
              participant.voiceProxyAddress,
            )
          : [],
      ),
    ];
  },
};
