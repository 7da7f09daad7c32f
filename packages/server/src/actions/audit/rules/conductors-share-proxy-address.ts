import { conductorPath, type AuditRule } from '../view.ts';

export const conductorsShareProxyAddress: AuditRule = {
  name: 'conductors-share-proxy-address',
  find: ({ conductors }) => {
    const first = new Map<string, (typeof conductors)[number]>();
    return conductors.flatMap((conductor) => {
      const { sid, proxyAddress } = conductor;
      if (proxyAddress === null) return [];
      const oldest = first.get(proxyAddress);
      if (oldest === undefined) {
        first.set(proxyAddress, conductor);
        return [];
      }
      return {
        sids: [sid, oldest.sid],
        where: `${conductorPath(conductor)} proxy_address`,
        text: `Conductors ${oldest.sid} and ${sid} have the same proxy address ${proxyAddress}: a caller whom no voice binding names reaches one of them, and never the other.`,
        fix: `Give ${sid} a ProxyAddress of its own; empty takes it away. Callers with a voice binding are told apart by their own address.`,
      };
    });
  },
};
