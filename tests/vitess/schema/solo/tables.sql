create table nopk (
  a bigint unsigned not null,
  b varchar(20),
  c int
);
create table nokey (
  p varchar(10),
  q int
);
