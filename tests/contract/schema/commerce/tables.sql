create table orders (
  id bigint unsigned not null,
  customer varchar(64) not null,
  status enum('new','paid','shipped') not null default 'new',
  total decimal(12,2),
  doc json,
  created datetime(6),
  primary key (id)
);
create table items (
  id bigint unsigned not null,
  order_id bigint unsigned,
  name varchar(64),
  qty int,
  primary key (id)
);
create table ckey (
  a bigint unsigned not null,
  b varchar(20) not null,
  c int,
  primary key (a, b)
);
create table uniqk (
  x bigint unsigned not null,
  u int not null,
  v varchar(20),
  unique key uu (u)
);
create table emptyt (
  id bigint unsigned not null,
  v varchar(10),
  primary key (id)
);
create table parts (
  id bigint unsigned not null,
  n int,
  txt text,
  blb blob,
  vb varbinary(50),
  primary key (id)
);
create table plain (
  id bigint unsigned not null,
  tiny tinyint,
  small smallint unsigned,
  medium mediumint,
  big bigint unsigned,
  price decimal(20,6),
  day date,
  moment datetime,
  clock time,
  year_ year,
  code char(6),
  word varchar(40),
  long_text mediumtext,
  bytes varbinary(20),
  flags set('a','b','c'),
  primary key (id)
);
