namespace Slipway.Builds.Tests;

/// <summary>Files of tests/testdata.</summary>
internal static class TestData
{
    public static string Path(params string[] parts)
    {
        var below = System.IO.Path.Combine(["tests", "testdata", .. parts]);
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (System.IO.Path.Combine(at.FullName, below) is var candidate && System.IO.Path.Exists(candidate)) return candidate;
        throw new DirectoryNotFoundException(below);
    }
}
