// JsSIP's parser as its user agent calls it for every message that arrives. Bundled by esbuild.
const Parser = require("jssip/lib/Parser");
const ua = { configuration: {} };
window.parseWithJssip = (message) => {
  const parsed = Parser.parseMessage(message, ua);
  if (!parsed) return false;
  // What its parser leaves for the first who asks.
  parsed.parseHeader("record-route");
  parsed.parseHeader("www-authenticate");
  return true;
};
