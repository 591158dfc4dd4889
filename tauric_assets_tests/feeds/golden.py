"""Documents and frames in the upstreams' own shapes, written by us; the conformance suite and others read them."""

from tauric_assets.feeds.contract import Document

DAY = "2026-01-05"
DAY_START = 1_767_571_200_000_000_000
RECEIVED = DAY_START + 43_200_000_000_000

COINBASE_FRAMES = (
    b'{"type":"subscriptions","channels":[{"name":"matches","product_ids":["NOVA-USD"]}]}',
    b'{"type":"last_match","trade_id":41,"maker_order_id":"a","taker_order_id":"b","side":"buy","size":"0.5",'
    b'"price":"99.99","product_id":"NOVA-USD","sequence":290,"time":"2026-01-05T11:58:13.000001Z"}',
    b'{"type":"match","trade_id":42,"maker_order_id":"a","taker_order_id":"b","side":"sell","size":"985",'
    b'"price":"0.00001305","product_id":"NOVA-USD","sequence":301,"time":"2026-01-05T11:59:59.999999Z"}',
    b'{"type":"heartbeat","last_trade_id":42,"product_id":"NOVA-USD","sequence":302,"time":"2026-01-05T12:00:00Z"}',
    b'{"type":"error","message":"Failed to subscribe","reason":"X-USD is not a valid product"}',
)
KRAKEN_FRAMES = (
    b'{"channel":"status","type":"update","data":[{"system":"online","version":"2.0.4"}]}',
    b'{"method":"subscribe","result":{"channel":"trade","symbol":"BTC/USD"},"success":true}',
    b'{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":105944.20,'
    b'"qty":0.00027625,"ord_type":"limit","trade_id":7001,"timestamp":"2026-01-05T11:59:55.440295Z"},'
    b'{"symbol":"BTC/USD","side":"sell","price":105910,"qty":1.2460e-4,"ord_type":"market","trade_id":7002,'
    b'"timestamp":"2026-01-05T11:59:56.123456Z"}]}',
    b'{"channel":"heartbeat"}',
    b'[1921,[["0.043040","20000.00000000","1767614158.135041","b","l",""],'
    b'["0.043040","20000.00000000","1767614158.135041","b","l",""]],"trade","NOVA/XBT"]',
    b'{"error":"Currency pair not supported X/USD","method":"subscribe","success":false}',
)
BINANCE_FRAMES = (
    b'{"result":null,"id":1}',
    b'{"stream":"novausdt@trade","data":{"e":"trade","E":1767614400137,"s":"NOVAUSDT","t":12345,"p":"0.00100000",'
    b'"q":"100.00000000","T":1767614400136,"m":true,"M":true}}',
    b'{"e":"aggTrade","E":1767614400468,"s":"NOVAFDUSD","a":425085,"p":"13.8","q":"2.1","f":1,"l":2,"T":1767614400467,'
    b'"m":false,"M":true}',
    b'{"stream":"novausdt@depth","data":{"e":"depthUpdate","E":1767614400500,"s":"NOVAUSDT","U":1,"u":2,"b":[],"a":[]}}',
)
FRAMES = {"coinbase": COINBASE_FRAMES, "kraken": KRAKEN_FRAMES, "binance": BINANCE_FRAMES}


def document(feed: str, body: bytes, media_type: str = "", **attributes: str) -> Document:
    """A document as collected at RECEIVED."""
    return Document(feed, f"https://{feed}.example.org/x", body, media_type, RECEIVED, "observed", attributes)


def history(feed: str, body: bytes, symbol: str = "NOVA-USD") -> Document:
    """A page of a venue's history of DAY."""
    return document(feed, body, "application/json", kind="history", symbol=symbol, day=DAY)


DOCUMENTS = {
    "coinbase": [
        history(
            "coinbase",
            b'[{"trade_id":43,"side":"buy","size":"1","price":"3.5","time":"2026-01-06T00:00:00.000000Z"},'
            b'{"trade_id":42,"side":"sell","size":"985","price":"0.00001305","time":"2026-01-05T23:59:59.999999Z"},'
            b'{"trade_id":41,"side":"buy","size":"-1","price":"2","time":"2026-01-05T00:00:00Z"}]',
        )
    ],
    "kraken": [
        history(
            "kraken",
            b'{"error":[],"result":{"NOVAUSD":[["67000.1","0.5",1767614400.1234567,"b","m","",4711],'
            b'["67000.2","0.25",1767571199.9,"s","l","",4712]],"last":"1767614400123456700"}}',
        )
    ],
    "binance": [
        history(
            "binance",
            b'[{"id":12345,"price":"0.00100000","qty":"100.00000000","quoteQty":"0.10000000","time":1767614400136,'
            b'"isBuyerMaker":true,"isBestMatch":true},{"id":12346,"price":"0.00100000","qty":"1","quoteQty":"0.001",'
            b'"time":1767657600000,"isBuyerMaker":false,"isBestMatch":true}]',
        )
    ],
    "jetstream": [
        document(
            "jetstream",
            b'{"did":"did:plc:a","time_us":1767614400000001,"kind":"commit","commit":{"rev":"3l3q","operation":"create",'
            b'"collection":"app.bsky.feed.post","rkey":"k1","record":{"$type":"app.bsky.feed.post","text":"N \\ud83d",'
            b'"langs":["en"],"createdAt":"2026-01-05T11:59:59.000Z","reply":{"parent":{"uri":"at://b/c/d"}}},"cid":"x"}}\n'
            b'{"did":"did:plc:a","time_us":1767614400000002,"kind":"commit","commit":{"rev":"3l3r","operation":"delete",'
            b'"collection":"app.bsky.feed.post","rkey":"k1"}}\n'
            b'{"did":"did:plc:b","time_us":1767614400000003,"kind":"identity","identity":{"did":"did:plc:b"}}\n',
            "application/x-ndjson",
            mode="replayed",
            collections='["app.bsky.feed.post"]',
            keywords="[]",
        )
    ],
    "syndication": [
        document(
            "syndication",
            b'<?xml version="1.0"?><rss version="2.0"><channel><language>en</language><item><title>Nova '
            b"&amp;amp; Co</title><link>https://n.example.org/1</link><guid>1</guid><pubDate>Mon, 05 Jan 2026 09:30 GMT"
            b"</pubDate><category>NOVA</category></item><item><description>none</description></item></channel></rss>",
            "application/rss+xml",
        )
    ],
}
