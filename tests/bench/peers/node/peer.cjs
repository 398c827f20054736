// What one would use in Node to come from the bytes of a push to what it says, for `bench callback`:
//
//     node --no-deprecation peer.cjs DIRECTORY easywechat|wechat-crypto|wecom
//
// DIRECTORY has the node_modules. A line of JSON in, a line of JSON out, see
// tests/bench/src/verdict/peer.rs.
"use strict";

const { createRequire } = require("module");
const path = require("path");
const readline = require("readline");

const [directory, name] = process.argv.slice(2);
const load = createRequire(path.join(path.resolve(directory), "peer.cjs"));

class Refused extends Error {}

/** The SDK's own server, from the request on. */
function easywechat({ appid, token, encoding_aes_key }) {
  const Server = load("node-easywechat/dist/OpenPlatform/Server.js");
  const ServerRequest = load("node-easywechat/dist/Core/Http/ServerRequest.js");
  const Encryptor = load("node-easywechat/dist/Core/Encryptor.js");
  const encryptor = new Encryptor(appid, token, encoding_aes_key, appid);
  return {
    module: "node-easywechat",
    cryptography: ({ encrypt, msg_signature, timestamp, nonce }) =>
      encryptor.decrypt(encrypt, msg_signature, nonce, timestamp),
    whole: async ({ body, msg_signature, timestamp, nonce }) => {
      const request = new ServerRequest("POST", "/", {}, Buffer.from(body));
      request.withQueryParams({ msg_signature, timestamp, nonce });
      return (await new Server(encryptor, request).getDecryptedMessage()).InfoType;
    },
  };
}

/** As the middleware co-wechat does it: wechat-crypto, and xml2js on both sides of it. */
function wechatCrypto({ appid, token, encoding_aes_key }) {
  const Cryptor = load("wechat-crypto");
  const xml2js = load("xml2js");
  const cryptor = new Cryptor(token, encoding_aes_key, appid);
  const parse = (text) => xml2js.parseStringPromise(text, { trim: true, explicitArray: false });
  const cryptography = ({ encrypt, msg_signature, timestamp, nonce }) => {
    if (cryptor.getSignature(timestamp, nonce, encrypt) !== msg_signature) throw new Refused();
    const { message, id } = cryptor.decrypt(encrypt);
    if (id !== appid) throw new Refused();
    return message;
  };
  const whole = async (push) => {
    const encrypt = (await parse(push.body)).xml.Encrypt;
    return (await parse(cryptography({ ...push, encrypt }))).xml.InfoType;
  };
  return { module: "wechat-crypto", cryptography, whole };
}

/** The quickest that can be put together: Tencent's own package for WeCom, and a quick parser. */
function wecom({ appid, token, encoding_aes_key }) {
  const { getSignature, decrypt } = load("@wecom/crypto");
  const { XMLParser } = load("fast-xml-parser");
  const parser = new XMLParser({ parseTagValue: false });
  const cryptography = ({ encrypt, msg_signature, timestamp, nonce }) => {
    if (getSignature(token, timestamp, nonce, encrypt) !== msg_signature) throw new Refused();
    const { message, id } = decrypt(encoding_aes_key, encrypt);
    if (id !== appid) throw new Refused();
    return message;
  };
  const whole = (push) => {
    const encrypt = parser.parse(push.body).xml.Encrypt;
    return parser.parse(cryptography({ ...push, encrypt })).xml.InfoType;
  };
  return { module: "@wecom/crypto", cryptography, whole };
}

const PEERS = { easywechat, "wechat-crypto": wechatCrypto, wecom };
const REFUSALS = ["Invalid Signature.", "Invalid request signature.", "Invalid appId."];

/** What a part makes of a push; null where it refuses it. */
async function unlessRefused(part, push) {
  try {
    return await part(push);
  } catch (error) {
    if (!(error instanceof Refused || REFUSALS.includes(error.message))) throw error;
    return null;
  }
}

async function verdict(peer, push) {
  const message = await unlessRefused(peer.cryptography, push);
  const info_type = await unlessRefused(peer.whole, push);
  if ((message === null) !== (info_type === null)) throw new Error("the parts do not agree");
  return { message, info_type };
}

async function main() {
  const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const peer = PEERS[name](JSON.parse((await lines.next()).value));
  const { version } = load(`${peer.module}/package.json`);
  const node = process.versions.node;
  console.log(JSON.stringify({ version: `${peer.module} ${version}, Node ${node}` }));
  for await (const line of lines) {
    const { pushes, part, times } = JSON.parse(line);
    const verdicts = [];
    for (const push of pushes) verdicts.push(await verdict(peer, push));
    const began = process.cpuUsage();
    for (let turn = 0; turn < times; turn++) {
      for (const push of pushes) {
        // Only who makes a promise is waited for.
        const made = peer[part](push);
        if (made instanceof Promise) await made;
      }
    }
    const { user, system } = process.cpuUsage(began);
    console.log(JSON.stringify({ verdicts, cpu: (user + system) / 1e6 }));
  }
}

main();
