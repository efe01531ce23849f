namespace Slipway.Builds.Roots;

/// <summary>The package itself cannot be built as it is; another attempt would end the same.</summary>
internal sealed class RecipeException(string cause) : Exception(cause);
