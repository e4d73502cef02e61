// JsSIP as its documentation begins.
const phone = new JsSIP.UA({
  sockets: [new JsSIP.WebSocketInterface(`ws://${location.host}/sip`)],
  uri: "sip:103@alo.local",
  password: "alo-103",
});
phone.on("registered", () => { document.title = "registered"; });
phone.start();
document.getElementById("call").onclick = () => {
  phone.call("sip:102@alo.local", { mediaConstraints: { audio: true, video: false } });
};
