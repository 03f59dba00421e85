/* SPDX-License-Identifier: MIT */
#pragma once
/* What systemd 262 writes of a word into PCR 11, and of a text with quotes into PCR 15. */

static const char tiny_cel_1[] =
	"\x1e"
	"{\"pcr\":11,\"digests\":[{\"hashAlg\":\"sha1\",\"digest\":\"53669f193b21746"
	"41c72654b5c3e5b67950334ae\"},{\"hashAlg\":\"sha256\",\"digest\":\"08434b"
	"a9cdf55a02284e2913400586cd289878e0f055f7bb0b07ce392caeb989\"},{\"h"
	"ashAlg\":\"sha384\",\"digest\":\"186e2d6603b9755221b7ef894dd52b1154b48"
	"ef4786aec06ab6f7709e639715e89bd59fa80736bb45f0ca88583c212c1\"},{\""
	"hashAlg\":\"sha512\",\"digest\":\"9e5549deb36fc48768cb80e03bc91c36cf54"
	"9ff5921e05bab5b68faefda7fac8c8a0755db783cbf1c1b98c80dc22ef06ff3f"
	"4a0a16704749f5cd4acf40e42a94\"}],\"content_type\":\"systemd\",\"conten"
	"t\":{\"string\":\"shutdown\",\"bootId\":\"09cbadfb56c54b618049ccdd7451b5"
	"29\",\"timestamp\":29022459832,\"eventType\":\"phase\"}}"
	"\n";

static const char tiny_cel_2[] =
	"\x1e"
	"{\"pcr\":15,\"digests\":[{\"hashAlg\":\"sha1\",\"digest\":\"d1dcb64e66a1b62"
	"1c4283b7b89dc4b3d9ead5ba2\"},{\"hashAlg\":\"sha256\",\"digest\":\"54b7bd"
	"a7f96de8fe3d77ba9df3f3a2539748da14e01f3115f8e248ee7ad1f21c\"},{\"h"
	"ashAlg\":\"sha384\",\"digest\":\"23b499f9f0df374105d04dfbf4e88fb3a7fd3"
	"51e68e824f63dfda2ed62d1e2b20bbea201bbc77ced467b6d10a4c244e6\"},{\""
	"hashAlg\":\"sha512\",\"digest\":\"1d5aa1f13306ec45f2bc29a6bff524e84681"
	"2c42492b9dec7bd17448eddbfe2a3ab2360d5bf0963134c68968303cf07f3d0d"
	"032ced55b271c6f7ec379c61a0b7\"}],\"content_type\":\"systemd\",\"conten"
	"t\":{\"string\":\"final \\\\\\\"x\\\\\\\" \\\\303\\\\244\",\"bootId\":\"09cbadfb56c5"
	"4b618049ccdd7451b529\",\"timestamp\":29022477128,\"eventType\":\"phase"
	"\"}}"
	"\n";
