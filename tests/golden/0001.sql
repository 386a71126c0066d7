-- Made by tests/golden/make.py.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
);
INSERT INTO "_sqlx_migrations" VALUES(1,'first','2026-11-30 19:25:20',1,X'D9AB8C4721A74DFCD1B415C9BB6F8E79C6A111B84A7DFB384586B6440829BE1478C8263D7855F81ED246008DF895B41E',11837780);
INSERT INTO "_sqlx_migrations" VALUES(3,'learnt','2026-11-30 19:25:20',1,X'D5976F9D86D50B3A9ED94898E12F5249A8AE44E646594FD831945206485D55747B85AB30AD9D1BEF8417763F2D2835F1',6634725);
CREATE TABLE alert (
    number  integer primary key autoincrement,    -- in the order of admission: the stream's event id, never reused
    id      text not null unique,
    kind    text not null,                        -- the type that receivers get
    item    integer references item (number) on delete set null, -- null: an event, or the item is gone
    made_at integer not null,
    said    text not null                         -- the alert as JSON
) strict;
INSERT INTO "alert" VALUES(1,'9sxa66ewy6fkv39b532bq7c0an','source.activated',NULL,1796066720497740,'{"event":{"kind":"source.activated","at":"2026-11-30T19:25:20.49774Z","message":"wire is read for the first time: it lists 1 items","detail":{"source":"wire","items":1,"samples":[{"title":"Old lighthouse reopens","url":"https://news.example.org/lighthouse"}]}}}');
INSERT INTO "alert" VALUES(2,'0gpm4vr9ekbpwwvh0vw23y5na2','item.matched',2,1796066722548253,'{"item":{"id":"87vr4fhj9d0f82cnb904","source":"wire","item":{"address":"https://news.example.org/clinics","guid":"https://news.example.org/clinics","title":"The council adopts a plan for clinics","title_from":"feed","summary":"The council met for two days and agreed on a plan for clinics, water and schools; the next meeting will look at what was built and at what it cost.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]},"first_seen":"2026-11-30T19:25:22.548253Z","revision":1,"previous":null,"hits":[{"watch":"all","matches":[{"watch":"all","term":"council","concept":null,"field":"title","start":4,"end":11,"text":"council","how":{},"context":"The council adopts a plan for clinics"},{"watch":"all","term":"council","concept":null,"field":"summary","start":4,"end":11,"text":"council","how":{},"context":"The council met for two days and agreed on a plan for clinics, water an…"}],"total":2}],"urgent":false}}');
INSERT INTO "alert" VALUES(3,'dngzy3sqs04ntcwyd0d0qp25xf','item.matched',3,1796066722548253,'{"item":{"id":"x01gz6dw9kzx8snsr3qr","source":"wire","item":{"address":"https://news.example.org/harbour","guid":"https://news.example.org/harbour","title":"Council opens a harbour in the north","title_from":"feed","summary":"After eleven years of work the harbour took its first ship on Monday, while fishermen asked for lamps along the pier and a lower price of ropes in winter.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]},"first_seen":"2026-11-30T19:25:22.548253Z","revision":1,"previous":null,"hits":[{"watch":"all","matches":[{"watch":"all","term":"council","concept":null,"field":"title","start":0,"end":7,"text":"Council","how":{},"context":"Council opens a harbour in the north"}],"total":1}],"urgent":false}}');
INSERT INTO "alert" VALUES(4,'ygywhm8kxa0xscnechv94fec4w','item.matched',4,1796066722548253,'{"item":{"id":"30hptdhahd8f046aw7k3","source":"wire","item":{"address":"https://news.example.org/session","guid":"wire-3","title":"المجلس يعقد دورة استثنائية","title_from":"feed","summary":"عقد المجلس دورة استثنائية في المدينة لبحث الأوضاع الإنسانية، ودعا council إلى تقديم المساعدات العاجلة للأسر التي فقدت بيوتها في الفيضانات الأخيرة.","text":"","text_state":"excerpt","lang":"ar","author":null,"agency":null,"published":null,"tags":[]},"first_seen":"2026-11-30T19:25:22.548253Z","revision":1,"previous":null,"hits":[{"watch":"all","matches":[{"watch":"all","term":"council","concept":null,"field":"summary","start":66,"end":73,"text":"council","how":{},"context":"…مجلس دورة استثنائية في المدينة لبحث الأوضاع الإنسانية، ودعا council إلى تقديم المساعدات العاجلة للأسر التي فقدت بيوتها في الفيض…"}],"total":1}],"urgent":false}}');
INSERT INTO "alert" VALUES(5,'hhsh17f3qyngchyz6qy9158zq7','item.matched',5,1796066722548253,'{"item":{"id":"jaavtq2vwgv3wcfns6sd","source":"wire","item":{"address":"https://news.example.org/envoy","guid":"https://news.example.org/envoy","title":"Council names a new envoy","title_from":"feed","summary":"The new envoy is a lawyer from the coast who taught at two universities; she begins in March and will first visit the refugee camps along the eastern border.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]},"first_seen":"2026-11-30T19:25:22.548253Z","revision":1,"previous":null,"hits":[{"watch":"all","matches":[{"watch":"all","term":"council","concept":null,"field":"title","start":0,"end":7,"text":"Council","how":{},"context":"Council names a new envoy"}],"total":1}],"urgent":false}}');
INSERT INTO "alert" VALUES(6,'g4t67ps2fncsagrscaxyqwmjq1','item.matched',6,1796066722548253,'{"item":{"id":"de2bk3s0q1mxbg2yge2p","source":"wire","item":{"address":"https://news.example.org/budget","guid":"https://news.example.org/budget","title":"Council budget passes by one vote","title_from":"feed","summary":"By a single vote the delegates passed a budget that spends a third more on bridges and roads, and nothing at all on the museum that burned down last summer.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]},"first_seen":"2026-11-30T19:25:22.548253Z","revision":1,"previous":null,"hits":[{"watch":"all","matches":[{"watch":"all","term":"council","concept":null,"field":"title","start":0,"end":7,"text":"Council","how":{},"context":"Council budget passes by one vote"}],"total":1}],"urgent":false}}');
INSERT INTO "alert" VALUES(7,'698cdyfpp4yxd4vbmgt8m84d0e','item.matched',7,1796066722548253,'{"item":{"id":"26q5gyj7900s32hcs5nd","source":"wire","item":{"address":"https://news.example.org/letters","guid":"https://news.example.org/letters","title":"Council member resigns over letters","title_from":"feed","summary":"A member for the southern district resigned on Thursday evening after a newspaper printed letters in which he offered a seat on the board to his brother-in-law.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]},"first_seen":"2026-11-30T19:25:22.548253Z","revision":1,"previous":null,"hits":[{"watch":"all","matches":[{"watch":"all","term":"council","concept":null,"field":"title","start":0,"end":7,"text":"Council","how":{},"context":"Council member resigns over letters"}],"total":1}],"urgent":false}}');
INSERT INTO "alert" VALUES(8,'b8cy8vgvbqc8wk9ydmwv3za68r','item.matched',8,1796066722548253,'{"item":{"id":"68dhh04m58z6nraj2258","source":"wire","item":{"address":"https://news.example.org/lanterns","guid":"https://news.example.org/lanterns","title":"Council bans lanterns near the forest","title_from":"feed","summary":"Paper lanterns may no longer be flown within nine kilometres of the forest, where dry wind carried sparks over the river and set the mill on fire twice this year.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]},"first_seen":"2026-11-30T19:25:22.548253Z","revision":1,"previous":null,"hits":[{"watch":"all","matches":[{"watch":"all","term":"council","concept":null,"field":"title","start":0,"end":7,"text":"Council","how":{},"context":"Council bans lanterns near the forest"}],"total":1}],"urgent":false}}');
CREATE TABLE attempt (
    delivery   integer not null references delivery (number) on delete cascade,
    number     integer not null,
    started_at integer not null,
    took_us    integer,                           -- null: it has not ended, or the process died in it
    outcome    text,                              -- null: likewise; else the outcome as JSON
    primary key (delivery, number)
) strict, without rowid;
INSERT INTO "attempt" VALUES(1,1,1796066722563389,2157,'{"delivered":{"status":200}}');
INSERT INTO "attempt" VALUES(2,1,1796066722569233,1832,'{"delivered":{"status":200}}');
INSERT INTO "attempt" VALUES(3,1,1796066722573323,4861,'{"delivered":{"status":200}}');
INSERT INTO "attempt" VALUES(4,1,1796066722583121,4729,'{"delivered":{"status":200}}');
INSERT INTO "attempt" VALUES(5,1,1796066722593042,5555,'{"failed":{"reason":{"class":"status","status":500,"message":"127.0.0.1:33429 answers 500","answer":"later"},"after":null}}');
INSERT INTO "attempt" VALUES(6,1,1796066722600951,NULL,NULL);
CREATE TABLE channel (
    id       text primary key,
    next_seq integer not null default 1
) strict, without rowid;
INSERT INTO "channel" VALUES('desk',8);
CREATE TABLE delivery (
    number           integer primary key autoincrement,
    id               text not null unique,        -- webhook-id, local part of the Message-ID
    alert            integer not null references alert (number),
    channel_id       text not null,
    recipient        text not null,               -- empty: the channel has but one
    seq              integer not null,            -- without gaps on its channel
    state            text not null check (state in ('pending', 'inflight', 'held', 'delivered', 'dead', 'cancelled')),
    urgent           integer not null default 0,
    attempts         integer not null default 0,
    made_at          integer not null,
    next_attempt_at  integer,                     -- null: there will be none
    first_attempt_at integer,                     -- null: none has been made
    settled_at       integer,                     -- null: not yet delivered, dead or cancelled
    replayed         integer not null default 0,
    last_reason      text,                        -- null: no attempt has failed; else the reason as JSON
    body             blob not null,               -- the bytes that every attempt sends
    unique (channel_id, seq)
) strict;
INSERT INTO "delivery" VALUES(1,'msg_d0hv2aqhzk1ct90f8takjyeb3a',2,'desk','',1,'dead',0,1,1796066722548253,NULL,1796066722563389,1796066722548253,0,NULL,X'7B2274797065223A226974656D2E6D617463686564222C2274696D657374616D70223A22323032362D31312D33305431393A32353A32325A222C2264617461223A7B226368616E6E656C223A226465736B222C2265706F6368223A312C22736571223A312C2277617463686573223A5B22616C6C225D2C226974656D223A7B226964223A22383776723466686A396430663832636E62393034222C22736F75726365223A2277697265222C2275726C223A2268747470733A2F2F6E6577732E6578616D706C652E6F72672F636C696E696373222C227469746C65223A2254686520636F756E63696C2061646F707473206120706C616E20666F7220636C696E696373222C227469746C655F66726F6D223A2266656564222C2273756D6D617279223A2254686520636F756E63696C206D657420666F722074776F206461797320616E6420616772656564206F6E206120706C616E20666F7220636C696E6963732C20776174657220616E64207363686F6F6C733B20746865206E657874206D656574696E672077696C6C206C6F6F6B206174207768617420776173206275696C7420616E64206174207768617420697420636F73742E222C22746578745F7374617465223A2265786365727074222C226C616E67223A22656E222C22646972223A226C7472222C22617574686F72223A6E756C6C2C226167656E6379223A6E756C6C2C227075626C6973686564223A6E756C6C2C2266697273745F7365656E223A22323032362D31312D33305431393A32353A32325A222C227265766973696F6E223A312C227472756E6361746564223A66616C73657D2C226D617463686573223A5B7B227761746368223A22616C6C222C227465726D223A22636F756E63696C222C22636F6E63657074223A6E756C6C2C226669656C64223A227469746C65222C227374617274223A342C22656E64223A31312C2274657874223A22636F756E63696C222C22686F77223A7B7D2C22636F6E74657874223A2254686520636F756E63696C2061646F707473206120706C616E20666F7220636C696E696373227D2C7B227761746368223A22616C6C222C227465726D223A22636F756E63696C222C22636F6E63657074223A6E756C6C2C226669656C64223A2273756D6D617279222C227374617274223A342C22656E64223A31312C2274657874223A22636F756E63696C222C22686F77223A7B7D2C22636F6E74657874223A2254686520636F756E63696C206D657420666F722074776F206461797320616E6420616772656564206F6E206120706C616E20666F7220636C696E6963732C20776174657220616EE280A6227D5D2C226D6174636865735F746F74616C223A327D7D');
INSERT INTO "delivery" VALUES(2,'msg_0m0rtbyfj7a91eseg3be1ss4q3',3,'desk','',2,'cancelled',0,1,1796066722548253,NULL,1796066722569233,1796066722548253,0,NULL,X'7B2274797065223A226974656D2E6D617463686564222C2274696D657374616D70223A22323032362D31312D33305431393A32353A32325A222C2264617461223A7B226368616E6E656C223A226465736B222C2265706F6368223A312C22736571223A322C2277617463686573223A5B22616C6C225D2C226974656D223A7B226964223A22783031677A366477396B7A7838736E7372337172222C22736F75726365223A2277697265222C2275726C223A2268747470733A2F2F6E6577732E6578616D706C652E6F72672F686172626F7572222C227469746C65223A22436F756E63696C206F70656E73206120686172626F757220696E20746865206E6F727468222C227469746C655F66726F6D223A2266656564222C2273756D6D617279223A22416674657220656C6576656E207965617273206F6620776F726B2074686520686172626F757220746F6F6B206974732066697273742073686970206F6E204D6F6E6461792C207768696C65206669736865726D656E2061736B656420666F72206C616D707320616C6F6E6720746865207069657220616E642061206C6F776572207072696365206F6620726F70657320696E2077696E7465722E222C22746578745F7374617465223A2265786365727074222C226C616E67223A22656E222C22646972223A226C7472222C22617574686F72223A6E756C6C2C226167656E6379223A6E756C6C2C227075626C6973686564223A6E756C6C2C2266697273745F7365656E223A22323032362D31312D33305431393A32353A32325A222C227265766973696F6E223A312C227472756E6361746564223A66616C73657D2C226D617463686573223A5B7B227761746368223A22616C6C222C227465726D223A22636F756E63696C222C22636F6E63657074223A6E756C6C2C226669656C64223A227469746C65222C227374617274223A302C22656E64223A372C2274657874223A22436F756E63696C222C22686F77223A7B7D2C22636F6E74657874223A22436F756E63696C206F70656E73206120686172626F757220696E20746865206E6F727468227D5D2C226D6174636865735F746F74616C223A317D7D');
INSERT INTO "delivery" VALUES(3,'msg_amncmxf204a1ec909fh95znqad',4,'desk','',3,'held',0,1,1796066722548253,1796066722548253,1796066722573323,NULL,0,NULL,X'7B2274797065223A226974656D2E6D617463686564222C2274696D657374616D70223A22323032362D31312D33305431393A32353A32325A222C2264617461223A7B226368616E6E656C223A226465736B222C2265706F6368223A312C22736571223A332C2277617463686573223A5B22616C6C225D2C226974656D223A7B226964223A223330687074646861686438663034366177376B33222C22736F75726365223A2277697265222C2275726C223A2268747470733A2F2F6E6577732E6578616D706C652E6F72672F73657373696F6E222C227469746C65223A22D8A7D984D985D8ACD984D8B320D98AD8B9D982D8AF20D8AFD988D8B1D8A920D8A7D8B3D8AAD8ABD986D8A7D8A6D98AD8A9222C227469746C655F66726F6D223A2266656564222C2273756D6D617279223A22D8B9D982D8AF20D8A7D984D985D8ACD984D8B320D8AFD988D8B1D8A920D8A7D8B3D8AAD8ABD986D8A7D8A6D98AD8A920D981D98A20D8A7D984D985D8AFD98AD986D8A920D984D8A8D8ADD8AB20D8A7D984D8A3D988D8B6D8A7D8B920D8A7D984D8A5D986D8B3D8A7D986D98AD8A9D88C20D988D8AFD8B9D8A720636F756E63696C20D8A5D984D98920D8AAD982D8AFD98AD98520D8A7D984D985D8B3D8A7D8B9D8AFD8A7D8AA20D8A7D984D8B9D8A7D8ACD984D8A920D984D984D8A3D8B3D8B120D8A7D984D8AAD98A20D981D982D8AFD8AA20D8A8D98AD988D8AAD987D8A720D981D98A20D8A7D984D981D98AD8B6D8A7D986D8A7D8AA20D8A7D984D8A3D8AED98AD8B1D8A92E222C22746578745F7374617465223A2265786365727074222C226C616E67223A226172222C22646972223A2272746C222C22617574686F72223A6E756C6C2C226167656E6379223A6E756C6C2C227075626C6973686564223A6E756C6C2C2266697273745F7365656E223A22323032362D31312D33305431393A32353A32325A222C227265766973696F6E223A312C227472756E6361746564223A66616C73657D2C226D617463686573223A5B7B227761746368223A22616C6C222C227465726D223A22636F756E63696C222C22636F6E63657074223A6E756C6C2C226669656C64223A2273756D6D617279222C227374617274223A36362C22656E64223A37332C2274657874223A22636F756E63696C222C22686F77223A7B7D2C22636F6E74657874223A22E280A6D985D8ACD984D8B320D8AFD988D8B1D8A920D8A7D8B3D8AAD8ABD986D8A7D8A6D98AD8A920D981D98A20D8A7D984D985D8AFD98AD986D8A920D984D8A8D8ADD8AB20D8A7D984D8A3D988D8B6D8A7D8B920D8A7D984D8A5D986D8B3D8A7D986D98AD8A9D88C20D988D8AFD8B9D8A720636F756E63696C20D8A5D984D98920D8AAD982D8AFD98AD98520D8A7D984D985D8B3D8A7D8B9D8AFD8A7D8AA20D8A7D984D8B9D8A7D8ACD984D8A920D984D984D8A3D8B3D8B120D8A7D984D8AAD98A20D981D982D8AFD8AA20D8A8D98AD988D8AAD987D8A720D981D98A20D8A7D984D981D98AD8B6E280A6227D5D2C226D6174636865735F746F74616C223A317D7D');
INSERT INTO "delivery" VALUES(4,'msg_8aredy094yygrw04m8k3y48w6a',5,'desk','',4,'delivered',0,1,1796066722548253,NULL,1796066722583121,1796066722591519,0,NULL,X'7B2274797065223A226974656D2E6D617463686564222C2274696D657374616D70223A22323032362D31312D33305431393A32353A32325A222C2264617461223A7B226368616E6E656C223A226465736B222C2265706F6368223A312C22736571223A342C2277617463686573223A5B22616C6C225D2C226974656D223A7B226964223A226A61617674713276776776337763666E73367364222C22736F75726365223A2277697265222C2275726C223A2268747470733A2F2F6E6577732E6578616D706C652E6F72672F656E766F79222C227469746C65223A22436F756E63696C206E616D65732061206E657720656E766F79222C227469746C655F66726F6D223A2266656564222C2273756D6D617279223A22546865206E657720656E766F792069732061206C61777965722066726F6D2074686520636F6173742077686F207461756768742061742074776F20756E697665727369746965733B2073686520626567696E7320696E204D6172636820616E642077696C6C2066697273742076697369742074686520726566756765652063616D707320616C6F6E6720746865206561737465726E20626F726465722E222C22746578745F7374617465223A2265786365727074222C226C616E67223A22656E222C22646972223A226C7472222C22617574686F72223A6E756C6C2C226167656E6379223A6E756C6C2C227075626C6973686564223A6E756C6C2C2266697273745F7365656E223A22323032362D31312D33305431393A32353A32325A222C227265766973696F6E223A312C227472756E6361746564223A66616C73657D2C226D617463686573223A5B7B227761746368223A22616C6C222C227465726D223A22636F756E63696C222C22636F6E63657074223A6E756C6C2C226669656C64223A227469746C65222C227374617274223A302C22656E64223A372C2274657874223A22436F756E63696C222C22686F77223A7B7D2C22636F6E74657874223A22436F756E63696C206E616D65732061206E657720656E766F79227D5D2C226D6174636865735F746F74616C223A317D7D');
INSERT INTO "delivery" VALUES(5,'msg_7bcmn4d2rxtakntqtgejd4szpd',6,'desk','',5,'pending',0,1,1796066722548253,1796066727599443,1796066722593042,NULL,0,'{"class":"status","status":500,"message":"127.0.0.1:33429 answers 500","answer":"later"}',X'7B2274797065223A226974656D2E6D617463686564222C2274696D657374616D70223A22323032362D31312D33305431393A32353A32325A222C2264617461223A7B226368616E6E656C223A226465736B222C2265706F6368223A312C22736571223A352C2277617463686573223A5B22616C6C225D2C226974656D223A7B226964223A22646532626B33733071316D786267327967653270222C22736F75726365223A2277697265222C2275726C223A2268747470733A2F2F6E6577732E6578616D706C652E6F72672F627564676574222C227469746C65223A22436F756E63696C2062756467657420706173736573206279206F6E6520766F7465222C227469746C655F66726F6D223A2266656564222C2273756D6D617279223A22427920612073696E676C6520766F7465207468652064656C656761746573207061737365642061206275646765742074686174207370656E64732061207468697264206D6F7265206F6E206272696467657320616E6420726F6164732C20616E64206E6F7468696E6720617420616C6C206F6E20746865206D757365756D2074686174206275726E656420646F776E206C6173742073756D6D65722E222C22746578745F7374617465223A2265786365727074222C226C616E67223A22656E222C22646972223A226C7472222C22617574686F72223A6E756C6C2C226167656E6379223A6E756C6C2C227075626C6973686564223A6E756C6C2C2266697273745F7365656E223A22323032362D31312D33305431393A32353A32325A222C227265766973696F6E223A312C227472756E6361746564223A66616C73657D2C226D617463686573223A5B7B227761746368223A22616C6C222C227465726D223A22636F756E63696C222C22636F6E63657074223A6E756C6C2C226669656C64223A227469746C65222C227374617274223A302C22656E64223A372C2274657874223A22436F756E63696C222C22686F77223A7B7D2C22636F6E74657874223A22436F756E63696C2062756467657420706173736573206279206F6E6520766F7465227D5D2C226D6174636865735F746F74616C223A317D7D');
INSERT INTO "delivery" VALUES(6,'msg_sw23enpxrtgfjcahg6c3z4smzp',7,'desk','',6,'inflight',0,1,1796066722548253,1796066727600951,1796066722600951,NULL,0,NULL,X'7B2274797065223A226974656D2E6D617463686564222C2274696D657374616D70223A22323032362D31312D33305431393A32353A32325A222C2264617461223A7B226368616E6E656C223A226465736B222C2265706F6368223A312C22736571223A362C2277617463686573223A5B22616C6C225D2C226974656D223A7B226964223A223236713567796A37393030733332686373356E64222C22736F75726365223A2277697265222C2275726C223A2268747470733A2F2F6E6577732E6578616D706C652E6F72672F6C657474657273222C227469746C65223A22436F756E63696C206D656D6265722072657369676E73206F766572206C657474657273222C227469746C655F66726F6D223A2266656564222C2273756D6D617279223A2241206D656D62657220666F722074686520736F75746865726E2064697374726963742072657369676E6564206F6E205468757273646179206576656E696E672061667465722061206E6577737061706572207072696E746564206C65747465727320696E207768696368206865206F66666572656420612073656174206F6E2074686520626F61726420746F206869732062726F746865722D696E2D6C61772E222C22746578745F7374617465223A2265786365727074222C226C616E67223A22656E222C22646972223A226C7472222C22617574686F72223A6E756C6C2C226167656E6379223A6E756C6C2C227075626C6973686564223A6E756C6C2C2266697273745F7365656E223A22323032362D31312D33305431393A32353A32325A222C227265766973696F6E223A312C227472756E6361746564223A66616C73657D2C226D617463686573223A5B7B227761746368223A22616C6C222C227465726D223A22636F756E63696C222C22636F6E63657074223A6E756C6C2C226669656C64223A227469746C65222C227374617274223A302C22656E64223A372C2274657874223A22436F756E63696C222C22686F77223A7B7D2C22636F6E74657874223A22436F756E63696C206D656D6265722072657369676E73206F766572206C657474657273227D5D2C226D6174636865735F746F74616C223A317D7D');
INSERT INTO "delivery" VALUES(7,'msg_c4b4ppnd7yq5d43z6gpn67rhpn',8,'desk','',7,'pending',0,0,1796066722548253,1796066722548253,NULL,NULL,0,NULL,X'7B2274797065223A226974656D2E6D617463686564222C2274696D657374616D70223A22323032362D31312D33305431393A32353A32325A222C2264617461223A7B226368616E6E656C223A226465736B222C2265706F6368223A312C22736571223A372C2277617463686573223A5B22616C6C225D2C226974656D223A7B226964223A22363864686830346D35387A366E72616A32323538222C22736F75726365223A2277697265222C2275726C223A2268747470733A2F2F6E6577732E6578616D706C652E6F72672F6C616E7465726E73222C227469746C65223A22436F756E63696C2062616E73206C616E7465726E73206E6561722074686520666F72657374222C227469746C655F66726F6D223A2266656564222C2273756D6D617279223A225061706572206C616E7465726E73206D6179206E6F206C6F6E67657220626520666C6F776E2077697468696E206E696E65206B696C6F6D6574726573206F662074686520666F726573742C207768657265206472792077696E64206361727269656420737061726B73206F7665722074686520726976657220616E642073657420746865206D696C6C206F6E2066697265207477696365207468697320796561722E222C22746578745F7374617465223A2265786365727074222C226C616E67223A22656E222C22646972223A226C7472222C22617574686F72223A6E756C6C2C226167656E6379223A6E756C6C2C227075626C6973686564223A6E756C6C2C2266697273745F7365656E223A22323032362D31312D33305431393A32353A32325A222C227265766973696F6E223A312C227472756E6361746564223A66616C73657D2C226D617463686573223A5B7B227761746368223A22616C6C222C227465726D223A22636F756E63696C222C22636F6E63657074223A6E756C6C2C226669656C64223A227469746C65222C227374617274223A302C22656E64223A372C2274657874223A22436F756E63696C222C22686F77223A7B7D2C22636F6E74657874223A22436F756E63696C2062616E73206C616E7465726E73206E6561722074686520666F72657374227D5D2C226D6174636865735F746F74616C223A317D7D');
CREATE TABLE item (
    number        integer primary key,            -- in the order of admission: the cursor of listings
    id            text not null unique,
    source_id     text not null,                  -- the source that brought it first and revises it
    content_hash  blob not null,
    hash_version  integer not null,
    revision      integer not null default 1,
    first_seen_at integer not null,
    revised_at    integer,                        -- null: it is as it was first seen
    said          text not null,                  -- the item as JSON
    title         text generated always as (said ->> '$.title') virtual,
    address       text generated always as (said ->> '$.address') virtual
) strict;
INSERT INTO "item" VALUES(1,'gv0cw6h6hcw29epnkdf6','wire',X'D8B18AD46D32DEEFDE1663FA8DC8AF02',1,1,1796066720497740,NULL,'{"address":"https://news.example.org/lighthouse","guid":null,"title":"Old lighthouse reopens","title_from":"feed","summary":"What stood there before the first visit.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]}');
INSERT INTO "item" VALUES(2,'87vr4fhj9d0f82cnb904','wire',X'60D4A2FB3AE07641916DCA6C61EB8AE4',1,1,1796066722548253,NULL,'{"address":"https://news.example.org/clinics","guid":"https://news.example.org/clinics","title":"The council adopts a plan for clinics","title_from":"feed","summary":"The council met for two days and agreed on a plan for clinics, water and schools; the next meeting will look at what was built and at what it cost.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]}');
INSERT INTO "item" VALUES(3,'x01gz6dw9kzx8snsr3qr','wire',X'3C27A09E7B53D2DBE69015D7F61557D0',1,1,1796066722548253,NULL,'{"address":"https://news.example.org/harbour","guid":"https://news.example.org/harbour","title":"Council opens a harbour in the north","title_from":"feed","summary":"After eleven years of work the harbour took its first ship on Monday, while fishermen asked for lamps along the pier and a lower price of ropes in winter.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]}');
INSERT INTO "item" VALUES(4,'30hptdhahd8f046aw7k3','wire',X'B090BC42989BA8A8F343D9A177B9CF9F',1,1,1796066722548253,NULL,'{"address":"https://news.example.org/session","guid":"wire-3","title":"المجلس يعقد دورة استثنائية","title_from":"feed","summary":"عقد المجلس دورة استثنائية في المدينة لبحث الأوضاع الإنسانية، ودعا council إلى تقديم المساعدات العاجلة للأسر التي فقدت بيوتها في الفيضانات الأخيرة.","text":"","text_state":"excerpt","lang":"ar","author":null,"agency":null,"published":null,"tags":[]}');
INSERT INTO "item" VALUES(5,'jaavtq2vwgv3wcfns6sd','wire',X'2E808656FB356282E9C60EB8669F80EC',1,1,1796066722548253,NULL,'{"address":"https://news.example.org/envoy","guid":"https://news.example.org/envoy","title":"Council names a new envoy","title_from":"feed","summary":"The new envoy is a lawyer from the coast who taught at two universities; she begins in March and will first visit the refugee camps along the eastern border.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]}');
INSERT INTO "item" VALUES(6,'de2bk3s0q1mxbg2yge2p','wire',X'DD1A6B084379FB9176D275FC84FA2523',1,1,1796066722548253,NULL,'{"address":"https://news.example.org/budget","guid":"https://news.example.org/budget","title":"Council budget passes by one vote","title_from":"feed","summary":"By a single vote the delegates passed a budget that spends a third more on bridges and roads, and nothing at all on the museum that burned down last summer.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]}');
INSERT INTO "item" VALUES(7,'26q5gyj7900s32hcs5nd','wire',X'D9C11A6A95C7E33B577675EF0ABDEC1E',1,1,1796066722548253,NULL,'{"address":"https://news.example.org/letters","guid":"https://news.example.org/letters","title":"Council member resigns over letters","title_from":"feed","summary":"A member for the southern district resigned on Thursday evening after a newspaper printed letters in which he offered a seat on the board to his brother-in-law.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]}');
INSERT INTO "item" VALUES(8,'68dhh04m58z6nraj2258','wire',X'FBEC59271B70083E3DCD38EB1BB20387',1,1,1796066722548253,NULL,'{"address":"https://news.example.org/lanterns","guid":"https://news.example.org/lanterns","title":"Council bans lanterns near the forest","title_from":"feed","summary":"Paper lanterns may no longer be flown within nine kilometres of the forest, where dry wind carried sparks over the river and set the mill on fire twice this year.","text":"","text_state":"excerpt","lang":"en","author":null,"agency":null,"published":null,"tags":[]}');
CREATE TABLE item_key (
    key  blob not null,                           -- 16 bytes
    item integer not null references item (number) on delete cascade,
    kind text not null,                           -- address, guid, text, title
    primary key (key, item)
) strict, without rowid;
INSERT INTO "item_key" VALUES(X'0366B3C128B1D803F1F26C0610C70373',8,'title');
INSERT INTO "item_key" VALUES(X'12EA3D0E2F9579309DA710500A9B5FA8',2,'guid');
INSERT INTO "item_key" VALUES(X'19FBDDE52794CE9A4397BACD4A1C61E7',6,'address');
INSERT INTO "item_key" VALUES(X'25A2C83DD803758BFD0684835D6421CD',1,'address');
INSERT INTO "item_key" VALUES(X'29019A9BC86D6B1E014B8E63DEE9C9A2',4,'address');
INSERT INTO "item_key" VALUES(X'2E808656FB356282E9C60EB8669F80EC',5,'text');
INSERT INTO "item_key" VALUES(X'3C27A09E7B53D2DBE69015D7F61557D0',3,'text');
INSERT INTO "item_key" VALUES(X'41B39DAF711C197C9A3A86ACEF1DBAA1',8,'address');
INSERT INTO "item_key" VALUES(X'44837A919240002ED34E2E9763D78B80',2,'title');
INSERT INTO "item_key" VALUES(X'4700A4998A5542F37E4A5DCA138906B2',5,'guid');
INSERT INTO "item_key" VALUES(X'60D4A2FB3AE07641916DCA6C61EB8AE4',2,'text');
INSERT INTO "item_key" VALUES(X'6C9D04A3F4477C83168ACC5EB77E2AEC',3,'title');
INSERT INTO "item_key" VALUES(X'89B66906A2FBE693EA261FF79732E4E2',8,'guid');
INSERT INTO "item_key" VALUES(X'9376A3E9ECAB37B5820387D91B8DAD38',3,'guid');
INSERT INTO "item_key" VALUES(X'98D5A3CACA0991CCE881D131165C4744',4,'title');
INSERT INTO "item_key" VALUES(X'98DCB1E6528D43353BDCAECB08257D98',7,'address');
INSERT INTO "item_key" VALUES(X'B090BC42989BA8A8F343D9A177B9CF9F',4,'text');
INSERT INTO "item_key" VALUES(X'B5416DA25BB14336CE98574110296234',7,'guid');
INSERT INTO "item_key" VALUES(X'BFBA548E408DA1136E7DB16DC58504E0',5,'title');
INSERT INTO "item_key" VALUES(X'C12BD260EBED6A7C370005BCA7A3EA07',6,'guid');
INSERT INTO "item_key" VALUES(X'C3046D07366C2175CA466E832EE59311',5,'address');
INSERT INTO "item_key" VALUES(X'CD8FCDB1BABA060ACDE9C581D54957FB',7,'title');
INSERT INTO "item_key" VALUES(X'D69FD03B47489E12B2D610BA26ECAF1C',3,'address');
INSERT INTO "item_key" VALUES(X'D9C11A6A95C7E33B577675EF0ABDEC1E',7,'text');
INSERT INTO "item_key" VALUES(X'DB6AD11E2B927827415DD06087C456FD',6,'title');
INSERT INTO "item_key" VALUES(X'DD1A6B084379FB9176D275FC84FA2523',6,'text');
INSERT INTO "item_key" VALUES(X'EA81EC2407F9C009E51779296187BFA3',4,'guid');
INSERT INTO "item_key" VALUES(X'F327179535B7846B4D3E6FEBBD22AD8D',2,'address');
INSERT INTO "item_key" VALUES(X'FBEC59271B70083E3DCD38EB1BB20387',8,'text');
CREATE TABLE learnt (
    source_id text primary key,
    places    text,                               -- null: not a page that is read by where its items stand; else as JSON
    blocks    text                                -- null: no article page was read yet; else what they have in common, as JSON
) strict, without rowid;
CREATE TABLE meta (
    key   text primary key,
    value text not null
) strict, without rowid;
INSERT INTO "meta" VALUES('epoch','1');
INSERT INTO "meta" VALUES('ping','1');
CREATE TABLE sighting (
    item         integer not null references item (number) on delete cascade,
    source_id    text not null,
    address      text not null,                   -- empty: the item links to nothing
    content_hash blob not null,                   -- what this source said of it last
    first_at     integer not null,
    last_at      integer not null,
    count        integer not null default 1,
    baseline     integer not null default 0,      -- 1: first seen in the source's quiet first visit
    primary key (item, source_id, address)
) strict, without rowid;
INSERT INTO "sighting" VALUES(1,'wire','https://news.example.org/lighthouse',X'D8B18AD46D32DEEFDE1663FA8DC8AF02',1796066720497740,1796066722548253,3,1);
INSERT INTO "sighting" VALUES(2,'wire','https://news.example.org/clinics',X'60D4A2FB3AE07641916DCA6C61EB8AE4',1796066722548253,1796066722548253,1,0);
INSERT INTO "sighting" VALUES(3,'wire','https://news.example.org/harbour',X'3C27A09E7B53D2DBE69015D7F61557D0',1796066722548253,1796066722548253,1,0);
INSERT INTO "sighting" VALUES(4,'wire','https://news.example.org/session',X'B090BC42989BA8A8F343D9A177B9CF9F',1796066722548253,1796066722548253,1,0);
INSERT INTO "sighting" VALUES(5,'wire','https://news.example.org/envoy',X'2E808656FB356282E9C60EB8669F80EC',1796066722548253,1796066722548253,1,0);
INSERT INTO "sighting" VALUES(6,'wire','https://news.example.org/budget',X'DD1A6B084379FB9176D275FC84FA2523',1796066722548253,1796066722548253,1,0);
INSERT INTO "sighting" VALUES(7,'wire','https://news.example.org/letters',X'D9C11A6A95C7E33B577675EF0ABDEC1E',1796066722548253,1796066722548253,1,0);
INSERT INTO "sighting" VALUES(8,'wire','https://news.example.org/lanterns',X'FBEC59271B70083E3DCD38EB1BB20387',1796066722548253,1796066722548253,1,0);
CREATE TABLE source (
    id              text primary key,
    address         text not null,
    state           text not null default 'new',  -- new, healthy, failing, blocked, …
    next_visit_at   integer,                      -- null: as soon as there is room
    last_visit_at   integer,                      -- null: never visited
    last_success_at integer,                      -- null: never read
    failures        integer not null default 0,   -- in a row
    failing_since   integer,                      -- null: the last visit went well
    last_error      text,                         -- null: the last visit went well
    degraded        text,                         -- null: the last document was whole
    void_keys       text not null default '',     -- kinds of key that do not tell its items apart, by commas
    etag            text,                         -- null: the server gave none
    last_modified   text,                         -- null: the server gave none
    activated_at    integer,                      -- null: no visit has found an item yet
    removed_at      integer                       -- null: it is configured
) strict;
INSERT INTO "source" VALUES('wire','http://127.0.0.1:33429/feed','healthy',1796066723562736,1796066722548253,1796066722548253,0,NULL,NULL,NULL,'',NULL,NULL,1796066720497740,NULL);
CREATE TABLE told (
    watch_id text not null,
    about    blob not null,                       -- 16 bytes: of a text or of an item
    at       integer not null,
    primary key (watch_id, about)
) strict, without rowid;
INSERT INTO "told" VALUES('all',X'317266386D786E7061623174716D7772',1796066722548253);
INSERT INTO "told" VALUES('all',X'62776D346D7733746A63776177683265',1796066722548253);
INSERT INTO "told" VALUES('all',X'63763772333771743067306B3079336D',1796066722548253);
INSERT INTO "told" VALUES('all',X'66333972706A6672726B636278723273',1796066722548253);
INSERT INTO "told" VALUES('all',X'667276763671376D37336E617A6E6E6E',1796066722548253);
INSERT INTO "told" VALUES('all',X'73366770356A7A373074687272366471',1796066722548253);
INSERT INTO "told" VALUES('all',X'7A38326A676564306E6A363776786A66',1796066722548253);
CREATE INDEX item_by_source on item (source_id, number);
CREATE INDEX item_key_by_item on item_key (item);
CREATE INDEX sighting_by_source on sighting (source_id);
CREATE INDEX alert_by_item on alert (item);
CREATE INDEX delivery_due on delivery (channel_id, next_attempt_at) where state = 'pending';
CREATE INDEX delivery_open on delivery (state, made_at) where state in ('pending', 'inflight', 'held');
CREATE INDEX delivery_by_alert on delivery (alert);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('alert',8);
INSERT INTO "sqlite_sequence" VALUES('delivery',7);
COMMIT;
