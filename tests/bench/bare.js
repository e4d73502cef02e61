// The least that a page can do: SIP in strings, the offer at the first host candidate.
const domain = "alo.local";
const tag = crypto.randomUUID();
const request = (method, target, cseq, extra = "", body = "") =>
  `${method} ${target} SIP/2.0\r\nVia: SIP/2.0/WS bare.invalid;branch=z9hG4bK${cseq}${tag}\r\n` +
  `Max-Forwards: 70\r\nFrom: <sip:103@${domain}>;tag=${tag}\r\nTo: <${method === "REGISTER" ? `sip:103@${domain}` : target}>\r\n` +
  `Call-ID: ${cseq}${tag}\r\nCSeq: ${cseq} ${method}\r\nContact: <sip:103@bare.invalid;transport=ws>\r\n` +
  `${extra}Content-Length: ${body.length}\r\n\r\n${body}`;
const socket = new WebSocket(`ws://${location.host}/sip`, "sip");
socket.onopen = () => socket.send(request("REGISTER", `sip:${domain}`, 1, "Expires: 300\r\n"));
document.getElementById("call").onclick = async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const connection = new RTCPeerConnection();
  stream.getTracks().forEach((track) => connection.addTrack(track, stream));
  connection.onicecandidate = () => {
    connection.onicecandidate = null;
    const offer = connection.localDescription.sdp;
    socket.send(request("INVITE", `sip:102@${domain}`, 2, "Content-Type: application/sdp\r\n", offer));
  };
  await connection.setLocalDescription();
};
