"""Documents and frames in the upstreams' own shapes, written by us; the conformance suite and others read them."""

import io
import zipfile

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
    b'{"type":"ticker","sequence":301,"product_id":"NOVA-USD","price":"0.00001305","best_bid":"0.00001304",'
    b'"best_bid_size":"12.5","best_ask":"0.00001305","best_ask_size":"0","side":"buy","trade_id":42,"last_size":"985",'
    b'"time":"2026-01-05T11:59:59.999999Z"}',
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
    b'{"channel":"ticker","type":"snapshot","data":[{"symbol":"BTC/USD","bid":105944.20,"bid_qty":2.5,"ask":105944.30,'
    b'"ask_qty":3,"last":105899.40,"timestamp":"2026-01-05T11:59:57.123456Z"}]}',
    b'{"channel":"heartbeat"}',
    b'{"method":"pong","req_id":1,"time_in":"2026-01-05T12:00:00.799685Z","time_out":"2026-01-05T12:00:00.799703Z"}',
    b'[1921,{"a":["0.043050",1,"1.000"],"b":["0.043040",0,"20.5"]},"ticker","NOVA/XBT"]',
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
    b'{"stream":"novausdt@bookTicker","data":{"u":77819472,"s":"NOVAUSDT","b":"13.76640000","B":"30.28000000",'
    b'"a":"13.79520000","A":"31.57000000"}}',
    b'{"stream":"novausdt@depth","data":{"e":"depthUpdate","E":1767614400500,"s":"NOVAUSDT","U":1,"u":2,"b":[],"a":[]}}',
)
COINBASE_ADVANCED_FRAMES = (
    b'{"channel":"subscriptions","client_id":"","timestamp":"2026-01-05T12:00:00Z","sequence_num":0,"events":'
    b'[{"subscriptions":{"market_trades":["NOVA-USD"]}}]}',
    b'{"channel":"market_trades","client_id":"","timestamp":"2026-01-05T12:00:01.789012Z","sequence_num":1,"events":'
    b'[{"type":"update","trades":[{"trade_id":"4200","product_id":"NOVA-USD","price":"68900.50","size":"0.00150000",'
    b'"side":"BUY","time":"2026-01-05T11:59:58.789012Z"},{"trade_id":"4201","product_id":"NOVA-USD","price":"68900.00",'
    b'"size":"0.05","side":"SELL","time":"2026-01-05T11:59:59.800000Z"}]}]}',
    b'{"channel":"ticker","client_id":"","timestamp":"2026-01-05T11:59:59.900000Z","sequence_num":2,"events":'
    b'[{"type":"update","tickers":[{"type":"ticker","product_id":"NOVA-USD","price":"68900.50","best_bid":"68900.00",'
    b'"best_bid_quantity":"1.50000000","best_ask":"68901.00","best_ask_quantity":"0.5"}]}]}',
    b'{"channel":"heartbeats","client_id":"","timestamp":"2026-01-05T12:00:00.5Z","sequence_num":3,"events":'
    b'[{"current_time":"2026-01-05 12:00:00.500 +0000 UTC m=+91717.5","heartbeat_counter":42}]}',
    b'{"type":"error","message":"failure to subscribe: X-USD is not a valid product"}',
)
BINANCE_FUTURES_FRAMES = (
    b'{"stream":"novausdt@aggTrade","data":{"e":"aggTrade","E":1767614399137,"a":77001,"s":"NOVAUSDT","p":"61800.30",'
    b'"q":"0.006","f":100,"l":105,"T":1767614399136,"m":false}}',
    b'{"stream":"novausdt@trade","data":{"e":"trade","E":1767614399322,"T":1767614399322,"s":"NOVAUSDT","t":5266583935,'
    b'"p":"61800.30","q":"0.006","X":"MARKET","m":true}}',
    b'{"stream":"novausdt@trade","data":{"e":"trade","E":1767614399323,"T":1767614399323,"s":"NOVAUSDT","t":5266583936,'
    b'"p":"0","q":"0","X":"NA","m":true}}',
    b'{"stream":"novausdt_260327@bookTicker","data":{"e":"bookTicker","u":5123107839020,"s":"NOVAUSDT_260327",'
    b'"b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":1767614399313,"E":1767614399313}}',
    b'{"result":null,"id":1}',
    b'{"error":{"code":2,"msg":"Invalid request"},"id":1}',
)
ALPACA_FRAMES = (
    b'[{"T":"success","msg":"connected"}]',
    b'[{"T":"t","S":"NOVA","i":96921,"x":"D","p":126.55,"s":1,"c":["@","I"],"z":"C",'
    b'"t":"2026-01-05T11:59:58.123456789Z"},{"T":"q","S":"NOVA","bx":"U","bp":87.66,"bs":1,"ax":"X","ap":0,"as":0,'
    b'"c":["R"],"z":"C","t":"2026-01-05T11:59:59.5Z"}]',
    b'[{"T":"subscription","trades":["NOVA"],"quotes":["NOVA"],"bars":[]}]',
    b'[{"T":"error","code":402,"msg":"Invalid credentials: auth failed"}]',
)
FRAMES = {
    "coinbase": COINBASE_FRAMES,
    "coinbase_advanced": COINBASE_ADVANCED_FRAMES,
    "kraken": KRAKEN_FRAMES,
    "binance": BINANCE_FRAMES,
    "binance_futures": BINANCE_FUTURES_FRAMES,
    "alpaca": ALPACA_FRAMES,
}


def zipped(text: str) -> bytes:
    """One file in a zip, the same bytes each time."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("20260105120000.gkg.csv", (2026, 1, 1, 0, 0, 0)), text)
    return file.getvalue()


def article(number: int, address: str, title: str, themes: str = "ECON_STOCKMARKET;TAX_FNCACT;", **more: str) -> str:
    """A line of a GKG file; `more` by column number, as `c2`."""
    cells = [""] * 27
    cells[0], cells[1], cells[2], cells[3] = f"20260105120000-{number}", "20260105120000", "1", "n.example.org"
    cells[4], cells[7], cells[11], cells[13] = address, themes, "ada lovelace", "nova industries;orchard"
    cells[15] = "-1.25,2.5,3.75,6.25,20.1,0.4,240"
    cells[26] = f"<PAGE_PRECISEPUBTIMESTAMP>20260105114500</PAGE_PRECISEPUBTIMESTAMP><PAGE_TITLE>{title}</PAGE_TITLE>"
    for name, text in more.items():
        cells[int(name[1:])] = text
    return "\t".join(cells) + "\n"


def document(feed: str, body: bytes, media_type: str = "", **attributes: str) -> Document:
    """A document as collected at RECEIVED."""
    return Document(feed, f"https://{feed}.example.org/x", body, media_type, RECEIVED, "observed", attributes)


def history(feed: str, body: bytes, symbol: str = "NOVA-USD") -> Document:
    """A page of a venue's history of DAY."""
    return document(feed, body, "application/json", kind="history", symbol=symbol, day=DAY)


DOCUMENTS = {
    "gdelt": [
        document(
            "gdelt",
            zipped(
                article(0, "https://N.example.org/1?utm_source=x", "Nova&#x2019;s &amp; Orchard&#x27;s profit")
                + article(1, "https://n.example.org/2", "", c2="2", c15="", c26="")
                + "too\tfew\n"
                + article(2, "https://n.example.org/3", "When", c1="soon")
            ),
            "application/zip",
        )
    ],
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
