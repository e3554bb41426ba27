// Shows the description of the API. What is tried out goes with the token that the reader enters, never with the session.
"use strict";
{
  const place = document.getElementById("api-docs");
  window.SwaggerUIBundle({
    url: place.dataset.description,
    domNode: place,
    deepLinking: true,
    persistAuthorization: false,
    validatorUrl: null,
    requestInterceptor: (request) => {
      if (!request.loadSpec) request.credentials = "omit";
      return request;
    },
  });
}
