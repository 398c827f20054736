// co-wechat-api from npm through the relay; see call.py. Reads {"base", "appid", "secret"} from standard
// input; its argument is where npm has installed the package.
"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");

const API = require(path.join(process.argv[2], "node_modules", "co-wechat-api"));
const { base, appid, secret } = JSON.parse(fs.readFileSync(0, "utf8"));

async function main() {
  const api = new API(appid, secret);
  api.prefix = `${base}/cgi-bin/`;
  api.wxaPrefix = `${base}/wxa/`;

  const picture = await api.getWXACode("pages/index/index?table=8");
  assert(Buffer.isBuffer(picture) && [0xff, 0x89].includes(picture[0]), String(picture).slice(0, 200));
  console.log(`co-wechat-api: picture ${picture.length} bytes`);

  const png = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.alloc(30000, 7)]);
  const uploaded = await api.uploadMedia(png, "image", "a.png", "image/png");
  assert(uploaded.media_id, JSON.stringify(uploaded));
  console.log(`co-wechat-api: upload  ${uploaded.type} ${uploaded.created_at}`);

  const { accessToken } = await api.ensureAccessToken();
  assert(accessToken.startsWith("wfr_"), "the SDK holds none of WeChat's tokens");
  await assert.rejects(new API(appid, "an-app-secret").request(
    `${base}/cgi-bin/token?grant_type=client_credential&appid=${appid}&secret=an-app-secret`,
  ), (error) => error.code === 40125);
  console.log("co-wechat-api: refused 40125");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
