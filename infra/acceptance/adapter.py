"""What MiniStack leaves undone of a deployment: it makes the HTTP API, but reads no OpenAPI body. SAM writes all routes
into one, so they are made here, through API Gateway's own interface, from the template that SAM processed."""

METHODS = {"x-amazon-apigateway-any-method": "ANY"}


def make_routes(system):
    """Makes each route of the processed template; gives their keys."""
    gateway, api = system.aws("apigatewayv2"), system.physical["HttpApi"]
    integrations, keys = {}, []
    for path, operations in system.template["Resources"]["HttpApi"]["Properties"]["Body"]["paths"].items():
        for method, operation in operations.items():
            integration = operation["x-amazon-apigateway-integration"]
            address = function_address(system, integration["uri"]["Fn::Sub"])
            if address not in integrations:
                integrations[address] = gateway.create_integration(
                    ApiId=api,
                    IntegrationType="AWS_PROXY",
                    IntegrationUri=address,
                    PayloadFormatVersion=integration["payloadFormatVersion"],
                )["IntegrationId"]
            default = operation.get("isDefaultRoute")
            key = "$default" if default else f"{METHODS.get(method, method.upper())} {path}"
            gateway.create_route(ApiId=api, RouteKey=key, Target=f"integrations/{integrations[address]}")
            keys.append(key)
    return keys


def function_address(system, address):
    """The ARN of the function that an integration's address, `…/functions/${Name.Arn}/invocations`, leads to."""
    function = address.split("${")[-1].split(".Arn}")[0]
    return system.aws("lambda").get_function(FunctionName=system.physical[function])["Configuration"]["FunctionArn"]
