using System.Runtime.CompilerServices;

namespace Slipway.Updates.Tests;

internal static class TestData
{
    public static string Vectors { get; } = Path.GetFullPath(Path.Combine(Here(), "../testdata/vectors"));

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
