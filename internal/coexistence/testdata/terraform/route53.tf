# As docs/targets/route53.md says.
resource "aws_route53_zone" "example" {
  name = "example.com"
  tags = { "goldfinch:service" = "echo" } # whose services may have records in it
}

# No aws_route53_record for the name. One that is in the state leaves it so, and stays in the zone:
removed {
  from = aws_route53_record.echo
  lifecycle { destroy = false }
}
