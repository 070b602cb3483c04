# What is there before: a network, an image, a role, and the API Gateway and the zone, which Terraform adopts.
variable "image" {}
variable "vpc" {}
variable "subnets" { type = list(string) }
variable "rest_api" {}
variable "deployment" {}
variable "zone" {}

import {
  to = aws_api_gateway_rest_api.echo
  id = var.rest_api
}

import {
  to = aws_api_gateway_deployment.first
  id = "${var.rest_api}/${var.deployment}"
}

import {
  to = aws_api_gateway_stage.prod
  id = "${var.rest_api}/prod"
}

import {
  to = aws_route53_zone.example
  id = var.zone
}
