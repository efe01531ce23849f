using System.Runtime.CompilerServices;

namespace Slipway.Packages.Tests;

/// <summary>tests/testdata.</summary>
internal static class TestData
{
    public static string Directory { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "../testdata"));

    private static string Here([CallerFilePath] string file = "") => file;
}
