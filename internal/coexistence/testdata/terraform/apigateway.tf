# As docs/targets/apigateway.md says.
resource "aws_api_gateway_rest_api" "echo" {
  name = "echo"
  tags = { "goldfinch:service" = "echo" }
}

resource "aws_api_gateway_deployment" "first" {
  rest_api_id = aws_api_gateway_rest_api.echo.id
  # no triggers: every release deploys the API
}

resource "aws_api_gateway_stage" "prod" {
  rest_api_id   = aws_api_gateway_rest_api.echo.id
  stage_name    = "prod"
  deployment_id = aws_api_gateway_deployment.first.id
  variables     = { version = "1" }
  lifecycle { ignore_changes = [deployment_id, variables, canary_settings] }
}
