resource "aws_route53_record" "echo" {
  zone_id        = aws_route53_zone.example.id
  name           = "app.example.com"
  type           = "A"
  ttl            = 60
  records        = ["192.0.2.1"]
  set_identifier = "STACK"
  weighted_routing_policy { weight = 100 }
}
