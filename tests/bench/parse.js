// Messages a second: parse, and read the first Via, From, To, CSeq, Contact, Record-Route and challenge.
window.ready = wasm_bindgen("/bench-parse-alo_bg.wasm").then(() => { window.corpus = wasm_bindgen.messages(); });
const parsers = { Alo: (message) => wasm_bindgen.typed(message), Jssip: (message) => window.parseWithJssip(message) };
window.howMany = (peer) => window.corpus.filter((message) => { try { return parsers[peer](message); } catch { return false; } }).length;
window.perSecond = (peer, milliseconds) => {
  const readable = window.corpus.filter((message) => { try { return parsers[peer](message); } catch { return false; } });
  const begun = performance.now();
  let [count, now] = [0, begun];
  while ((now = performance.now()) < begun + milliseconds) {
    for (const message of readable) parsers[peer](message);
    count += readable.length;
  }
  return (count * 1000) / (now - begun);
};
